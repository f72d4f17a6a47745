import IrisDomain
import IrisSystem

extension Call {
  /// Throws unless this is the account's password: for what a stolen session must not do.
  ///
  /// Wrong ones are counted for the session, wherever they come from. So whoever stole one cannot go on from other addresses,
  /// while a flood of logins, or a thief's guesses in a session that the owner does not use, hold nobody up.
  /// - Returns: the hash that it is the password of.
  @discardableResult
  func confirm(password: String, of account: Account) throws -> String {
    let key = try services.pseudonyms.code(Pseudonym.throttledSession(claims().sid))
    let confirmation = try services.confirmations.begin(account: account.id, key: key)
    guard let stored = confirmation.passwordHash else {
      throw problem(
        .forbidden,
        detail: LocalizedText(
          "Ce compte n'a pas de mot de passe : vous vous connectez par un autre service.",
          en: "This account has no password: you log in through another service."))
    }
    guard confirmation.wait == 0 else { throw problem(.loginThrottled, retryAfter: confirmation.wait) }
    guard Password.verify(Array(password.utf8), against: stored) == .match else {
      try services.confirmations.fail(key: key)
      throw problem(
        .invalidCredentials,
        detail: LocalizedText("Le mot de passe est incorrect.", en: "The password is wrong."))
    }
    return stored
  }
}
