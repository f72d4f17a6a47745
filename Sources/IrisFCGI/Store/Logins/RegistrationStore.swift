import IrisDomain
import IrisSystem

/// Signing up.
struct RegistrationStore {
  let database: Database
  let timeZone: String

  /// An account that is about to be made.
  struct NewAccount: Sendable {
    let id: String
    let email: EmailAddress
    let name: String?
    let passwordHash: String
  }

  /// Seconds until the next account may be made from an address; 0: now.
  func wait(address key: [UInt8]) throws(StoreError) -> Int {
    try database.run("SELECT iris.throttle_left('sign_up', $1)", [Bytea.text(key)], repeatable: true).integer(0) ?? 0
  }

  private static let registerSQL = """
    SELECT id, email, name, tier, beta_until, created_at, current_job, target_job, sector, experience_years, region, \
    goals FROM iris.register_account($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
    $18, $19)
    """

  /// Makes the account with its first session; either way it counts for the address, where that is limited.
  /// - Parameters:
  ///   - erasedKeys: by which an erased account of the same address is known.
  ///   - events: JSON of the rows that tell of it.
  ///   - notices: `Notice.rows`.
  /// - Returns: nil when the e-mail address is taken.
  func register(
    _ new: NewAccount, keys: LoginKeys, erasedKeys: [[UInt8]], session: NewSession, events: String, notices: String
  ) throws(StoreError) -> Account? {
    let rule = ThrottleRules.signUp
    let result = try database.run(
      RegistrationStore.registerSQL,
      [
        new.id, new.email.text, new.name, new.passwordHash, keys.limitedAddress.map(Bytea.text), rule.delaysText,
        String(rule.drainSeconds), String(ThrottleRules.keepSeconds), keys.known.first.map(Bytea.text),
        String(ThrottleRules.knownAddressSeconds), Bytea.array(erasedKeys),
      ] + session.parameters + [events, notices, timeZone])
    return Account(result, firstColumn: 0)
  }
}
