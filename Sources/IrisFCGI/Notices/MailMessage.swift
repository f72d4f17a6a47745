/// A mail to one person, ready to be sent: the same in plain text and in simple HTML (RFC 2046 §5.1.4).
struct MailMessage: Equatable, Sendable {
  /// An e-mail address, as the account has it.
  let to: String
  let subject: String
  let text: String
  let html: String
}
