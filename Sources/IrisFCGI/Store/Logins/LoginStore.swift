import IrisDomain
import IrisSystem

/// Logins and what slows the guessing of passwords down, in `iris.throttles` and `iris.known_addresses`.
struct LoginStore {
  let database: Database
  let timeZone: String

  /// Whether a login may be tried.
  enum Beginning: Sendable {
    case go(Candidate)
    case throttled(retryAfter: Int)
    /// Only addresses that the account knows are served now.
    case busy
  }

  /// What a password is checked against; without account and hash where nobody can log in.
  struct Candidate: Sendable {
    let account: Account?
    let passwordHash: String?
    /// Whether the account logged in from this address lately.
    let isKnown: Bool
  }

  private static let beginSQL = """
    SELECT outcome, retry_after_s, is_known, password_hash, id, email, name, tier, beta_until, created_at, \
    current_job, target_job, sector, experience_years, region, goals \
    FROM iris.begin_login($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    """

  /// The one question before a password is hashed.
  /// - Parameters:
  ///   - email: nil for what no account can have; the question is the same.
  ///   - knownOnly: whether strangers are sent away.
  ///   - events: JSON of the rows that tell of a refusal.
  func begin(
    email: EmailAddress?, keys: LoginKeys, knownOnly: Bool, events: String
  ) throws(StoreError) -> Beginning {
    let result = try database.run(
      LoginStore.beginSQL,
      [
        email?.text, Bytea.text(keys.account), keys.address.map(Bytea.text), keys.isUnlimited ? "f" : "t",
        Bytea.array(keys.known), String(ThrottleRules.knownAddressSeconds), knownOnly ? "t" : "f",
        String(ThrottleRules.sprayedAccounts), String(ThrottleRules.stuffingSources), events, timeZone,
      ], repeatable: true)
    switch result.text(0) {
    case "go":
      return .go(
        Candidate(
          account: Account(result, firstColumn: 4), passwordHash: result.text(3),
          isKnown: result.boolean(2) ?? false))
    case "throttled": return .throttled(retryAfter: result.integer(1) ?? ThrottleRules.busySeconds)
    case "busy": return .busy
    default: throw .unavailable
    }
  }

  /// Counts a wrong password, or one for nobody.
  func fail(_ keys: LoginKeys, isKnown: Bool, events: String) throws(StoreError) {
    let address = keys.isUnlimited ? ThrottleRules.unlimited : ThrottleRules.address
    _ = try database.run(
      "SELECT iris.fail_login($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      [
        Bytea.text(keys.account), keys.address.map(Bytea.text), isKnown ? keys.known.first.map(Bytea.text) : nil,
        ThrottleRules.login.delaysText, String(ThrottleRules.login.drainSeconds), address.delaysText,
        String(address.drainSeconds), String(ThrottleRules.keepSeconds), String(ThrottleRules.sprayedAccounts),
        String(ThrottleRules.stuffingSources), events, timeZone,
      ])
  }

  /// What became of a login with the right password.
  enum Ending: Equatable, Sendable {
    /// The session is open.
    case opened
    case disabled
    /// The account has another hash than the one that was verified; nil: it has none, or is gone.
    case changed(String?)
  }

  /// A password that matched.
  struct Proof: Sendable {
    let account: String
    let verifiedHash: String
    /// Takes the place of the verified one; nil: that stays.
    let newHash: String?
    let isKnown: Bool
  }

  /// Opens the session of a login whose password matched.
  /// - Parameters:
  ///   - events: JSON of the rows that tell of it.
  ///   - disabledEvents: the same for an account that turns out to be disabled.
  func finish(
    _ proof: Proof, keys: LoginKeys, session: NewSession, events: String, disabledEvents: String
  ) throws(StoreError) -> Ending {
    let result = try database.run(
      """
      SELECT outcome, password_hash \
      FROM iris.finish_login($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
      """,
      [
        proof.account, proof.verifiedHash, proof.newHash, Bytea.text(keys.account),
        keys.known.first.map(Bytea.text), proof.isKnown ? "t" : "f", String(ThrottleRules.knownAddressSeconds),
      ] + session.parameters + [events, disabledEvents, timeZone])
    switch result.text(0) {
    case "ok": return .opened
    case "account_disabled": return .disabled
    case "changed": return .changed(result.text(1))
    default: throw .unavailable
    }
  }
}

extension ThrottleRule {
  /// The waits as PostgreSQL's `integer[]`.
  var delaysText: String { "{" + delays.map { String($0) }.joined(separator: ",") + "}" }
}
