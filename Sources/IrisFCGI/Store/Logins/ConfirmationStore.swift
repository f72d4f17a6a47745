import IrisDomain
import IrisSystem

/// Asking someone who is logged in for the password again, for what a stolen session must not do.
struct ConfirmationStore {
  let database: Database

  /// What the given password is checked against, and whether it may be.
  struct Beginning: Sendable {
    /// Nil when the account has no password, or is gone.
    let passwordHash: String?
    /// Seconds for which no password is looked at; 0: it may be.
    let wait: Int
  }

  /// - Parameter key: the session's.
  func begin(account: String, key: [UInt8]) throws(StoreError) -> Beginning {
    let sql = """
      SELECT (SELECT password_hash FROM iris.accounts WHERE id = $1::uuid), iris.throttle_left('session', $2)
      """
    let result = try database.run(sql, [account, Bytea.text(key)], repeatable: true)
    return Beginning(passwordHash: result.text(0), wait: result.integer(1) ?? 0)
  }

  /// Counts a wrong password.
  func fail(key: [UInt8]) throws(StoreError) {
    let rule = ThrottleRules.login
    _ = try database.run(
      "SELECT iris.count_failure('session', $1, NULL, $2, $3, $4)",
      [Bytea.text(key), rule.delaysText, String(rule.drainSeconds), String(ThrottleRules.keepSeconds)])
  }
}
