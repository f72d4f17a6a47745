import IrisDomain
import IrisSystem

/// Passwords on their way from one to the next, by their owner's word or by mail.
struct PasswordStore {
  let database: Database
  /// IANA name.
  let timeZone: String

  /// What is written in the transaction that gives an account another password.
  struct Records: Sendable {
    /// JSON of rows for `iris_events`.
    let events: String
    /// JSON of notices.
    let notices: String
  }

  /// Replaces a password by its owner's word; all other sessions of the account end.
  /// - Parameter old: the hash that the owner's password was found to be of. If it is not the account's any more, the
  ///   credentials are wrong by now.
  func change(
    from old: String, to new: String, _ records: Records, for claims: Claims
  ) throws(StoreError) -> Granted<Void> {
    let result = try database.run(
      "SELECT iris.change_password($1, $2, $3, $4, $5, $6, $7)",
      [claims.sub, claims.sid, old, new, records.events, records.notices, timeZone], repeatable: true)
    return try Granted(outcome: result.text(0)) {}
  }

  /// Puts the notice of a forgotten password on its way, unless too many were lately.
  /// - Parameters:
  ///   - addressKey: what the client's address is counted by; nil: it is not.
  ///   - emailKey: what the account's address is counted by.
  func request(_ notice: Notice, addressKey: [UInt8]?, emailKey: [UInt8]) throws(StoreError) -> Bool {
    let result = try database.run(
      "SELECT iris.request_password_reset($1, $2, $3, $4, $5, $6)",
      [
        Notice.rows([notice]), addressKey.map(Bytea.text), String(PasswordResetRules.mailsPerAddress),
        Bytea.text(emailKey), String(PasswordResetRules.mailsPerEmail), String(PasswordResetRules.windowSeconds),
      ], repeatable: true)
    return result.boolean(0) ?? false
  }

  /// A reset that a mail may tell.
  struct Reset: Equatable, Sendable {
    let email: String
    /// Hours and minutes in the configured time zone.
    let validUntil: String
  }

  /// Makes the reset of an id, or finds it again.
  /// - Returns: nil where nobody is to be mailed.
  func makeReset(_ id: String, email: String) throws(StoreError) -> Reset? {
    let result = try database.run(
      "SELECT email, valid_until FROM iris.make_password_reset($1, $2, $3, $4)",
      [id, email, String(PasswordResetRules.lifetimeSeconds), timeZone], repeatable: true)
    guard let email = result.text(0), let validUntil = result.text(1) else { return nil }
    return Reset(email: email, validUntil: validUntil)
  }

  /// Whose a reset is.
  struct Owner: Equatable, Sendable {
    let account: String
    let email: String
  }

  /// - Returns: nil when the reset is no longer good for anything.
  func owner(ofReset id: String) throws(StoreError) -> Owner? {
    let sql = """
      SELECT a.id, a.email FROM iris.password_resets r JOIN iris.accounts a ON a.id = r.account_id \
      WHERE r.id = $1::uuid AND r.used_at IS NULL AND r.expires_at > now()
      """
    let result = try database.run(sql, [id], repeatable: true)
    guard let account = result.text(0), let email = result.text(1) else { return nil }
    return Owner(account: account, email: email)
  }

  /// What became of a reset that was to be spent.
  enum Spent: Equatable, Sendable {
    case spent
    case disabled
    /// Used, expired or never made.
    case void
  }

  /// Spends a reset on another password; all sessions of the account end.
  /// - Parameter knownKey: what the account knows the client's address by from now on, as after a login: whoever reads the
  ///   account's mail is its owner, whom a flood of wrong passwords must not keep out. nil: there is no address.
  func spend(
    reset id: String, on hash: String, knownKey: [UInt8]?, _ records: Records
  ) throws(StoreError) -> Spent {
    let result = try database.run(
      "SELECT iris.reset_password($1, $2, $3, $4, $5, $6, $7)",
      [
        id, hash, knownKey.map(Bytea.text), String(ThrottleRules.knownAddressSeconds), records.events, records.notices,
        timeZone,
      ], repeatable: true)
    switch result.text(0) {
    case "ok": return .spent
    case "account_disabled": return .disabled
    default: return .void
    }
  }
}
