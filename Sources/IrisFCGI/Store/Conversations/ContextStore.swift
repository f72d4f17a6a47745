import IrisDomain
import IrisSystem

/// What other applications left with us for a user's prompts.
struct ContextStore {
  let database: Database

  /// What became of a context that was to be kept.
  enum Kept: Sendable {
    case kept
    /// The user has as many as there may be, and this one would be new.
    case tooMany
  }

  /// Keeps a context in the place of the one before.
  /// - Parameters:
  ///   - app: nil: a name that no app can have, which is refused once session and account are found good.
  ///   - data: a JSON object of `summary` and `data`.
  func put(app: String?, data: String, for claims: Claims) throws(StoreError) -> Granted<Kept> {
    let result = try database.run(
      "SELECT iris.put_context($1, $2, $3, $4, $5)",
      [claims.sub, claims.sid, app, data, String(ContextRules.mostApps)], repeatable: true)
    let outcome = result.text(0)
    if outcome == "too_many" { return .granted(.tooMany) }
    return try Granted(outcome: outcome) { () throws(StoreError) in .kept }
  }

  private static let getSQL = """
    WITH s AS MATERIALIZED (SELECT iris.session_standing($1::uuid, $2::uuid) AS outcome) \
    SELECT CASE WHEN s.outcome = 'ok' AND c.app IS NULL THEN 'not_found' ELSE s.outcome END, \
    (c.data || jsonb_build_object('updated_at', iris.rfc3339(c.updated_at)))::text \
    FROM s LEFT JOIN iris.user_contexts c ON s.outcome = 'ok' AND c.user_id = $1::uuid AND c.app = $3::text
    """

  /// A context as JSON: `summary`, `data` and `updated_at`.
  func get(app: String?, for claims: Claims) throws(StoreError) -> Granted<String> {
    let result = try database.run(ContextStore.getSQL, [claims.sub, claims.sid, app], repeatable: true)
    return try Granted(outcome: result.text(0)) { () throws(StoreError) in result.text(1) ?? "{}" }
  }

  private static let deleteSQL = """
    WITH s AS MATERIALIZED (SELECT iris.session_standing($1::uuid, $2::uuid) AS outcome), \
    gone AS (DELETE FROM iris.user_contexts c USING s \
    WHERE s.outcome = 'ok' AND c.user_id = $1::uuid AND c.app = $3::text RETURNING c.app) \
    SELECT CASE WHEN s.outcome = 'ok' AND NOT EXISTS (SELECT 1 FROM gone) THEN 'not_found' ELSE s.outcome END FROM s
    """

  func delete(app: String?, for claims: Claims) throws(StoreError) -> Granted<Void> {
    let result = try database.run(ContextStore.deleteSQL, [claims.sub, claims.sid, app])
    return try Granted(outcome: result.text(0)) {}
  }
}
