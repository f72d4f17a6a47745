import IrisSystem

extension Call {
  /// Throws unless this is the account's password: for what a stolen session must not do.
  func confirm(password: String, of account: Account) throws {
    guard let stored = try services.accounts.passwordHash(id: account.id) else { throw problem(.forbidden) }
    guard Password.verify(Array(password.utf8), against: stored) == .match else { throw problem(.invalidCredentials) }
  }
}
