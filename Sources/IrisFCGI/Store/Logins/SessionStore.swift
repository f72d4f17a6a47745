import IrisDomain
import IrisSystem

/// Sessions and their refresh tokens, which are stored as hashes only.
struct SessionStore {
  let database: Database
  let timeZone: String

  /// What the database says of a token's account and session.
  enum Standing: Sendable {
    case alive(Account)
    case refused(Problem.Kind)
  }

  /// Whether the session behind a good token still lives, and whose it is.
  func standing(of claims: Claims) throws(StoreError) -> Standing {
    let result = try database.run(
      "SELECT * FROM iris.authorise($1, $2, $3)", [claims.sub, claims.sid, timeZone], repeatable: true)
    switch result.text(0) {
    case "ok":
      guard let account = Account(result, firstColumn: 1) else { return .refused(.sessionRevoked) }
      return .alive(account)
    case "account_disabled": return .refused(.accountDisabled)
    default: return .refused(.sessionRevoked)
    }
  }

  /// What became of a refresh token.
  enum Refresh: Equatable, Sendable {
    /// The hash of the child that now counts: the one offered, or the one given before within the grace.
    case child(hash: [UInt8], session: String, account: Account)
    case disabled
    /// A replay ended the whole session.
    case replayed
    case unknown
  }

  /// Rotates a refresh token.
  /// - Parameter events: JSON of the rows for `iris_events` that tell of a replay.
  func refresh(
    tokenHash: [UInt8], childHash: [UInt8], refreshSeconds: Int, events: String
  ) throws(StoreError) -> Refresh {
    let result = try database.run(
      "SELECT * FROM iris.refresh_session($1, $2, $3, $4, $5, $6)",
      [
        Bytea.text(tokenHash), Bytea.text(childHash), String(refreshSeconds),
        String(SessionRules.refreshGraceSeconds), events, timeZone,
      ], repeatable: true)
    switch result.text(0) {
    case "rotated", "repeated":
      guard let session = result.text(1), let hash = result.text(2).flatMap(Bytea.bytes),
        let account = Account(result, firstColumn: 3)
      else { return .unknown }
      return .child(hash: hash, session: session, account: account)
    case "account_disabled": return .disabled
    case "replayed": return .replayed
    default: return .unknown
    }
  }

  /// Ends one session, or all of the account's.
  func end(session: String, account: String, everywhere: Bool) throws(StoreError) {
    if everywhere {
      _ = try database.run("SELECT iris.end_sessions($1, NULL)", [account], repeatable: true)
      return
    }
    let sql = """
      UPDATE iris.sessions SET revoked_at = now() WHERE id = $1::uuid AND account_id = $2::uuid AND revoked_at IS NULL
      """
    _ = try database.run(sql, [session, account], repeatable: true)
  }
}
