/// How a forgotten password is replaced by mail.
package enum PasswordResetRules {
  /// Seconds for which the link in a mail is good.
  package static let lifetimeSeconds = 30 * 60
  /// Mails to one address in a window: enough for who looks in the wrong folder, too few to bury a mailbox.
  package static let mailsPerEmail = 3
  /// Mails that one client address may ask for in a window.
  package static let mailsPerAddress = 10
  /// Seconds from the first one on.
  package static let windowSeconds = 3_600
  /// Seconds for which it is worth telling the owner that the password was changed.
  package static let newsLifetimeSeconds = 86_400
}
