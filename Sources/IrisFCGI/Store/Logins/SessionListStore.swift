import IrisDomain
import IrisSystem

/// Where a user is logged in, to look at and to end.
struct SessionListStore {
  let database: Database

  /// A session as a list shows it. Times are RFC 3339.
  struct Entry: Sendable {
    let id: String
    let createdAt: String
    /// When it was opened or last refreshed.
    let lastUsedAt: String
    /// When it ends however often it is refreshed.
    let expiresAt: String
    let device: String?
    let isCurrent: Bool
    /// Of its place in the list.
    let cursor: PageCursor
  }

  /// A session lives as long as one of its refresh tokens does. Sessions of another issuer's tokens have none here: these,
  /// and the one that asks, live until their end.
  private static let pageSQL = """
    WITH s AS MATERIALIZED (SELECT iris.session_standing($1::uuid, $2::uuid) AS outcome) \
    SELECT s.outcome, l.id, iris.rfc3339(l.created_at), iris.rfc3339(l.last_used_at), iris.rfc3339(l.expires_at), \
    l.device, l.id = $2::uuid, (extract(epoch FROM l.last_used_at) * 1000000)::bigint \
    FROM s \
    LEFT JOIN LATERAL ( \
    SELECT o.* FROM iris.sessions o \
    WHERE s.outcome = 'ok' AND o.account_id = $1::uuid AND o.revoked_at IS NULL AND o.expires_at > now() \
    AND (o.last_used_at, o.id) < (iris.from_microseconds($3::bigint), $4::uuid) \
    AND (o.id = $2::uuid \
    OR EXISTS (SELECT 1 FROM iris.refresh_tokens t WHERE t.session_id = o.id AND t.expires_at > now()) \
    OR EXISTS (SELECT 1 FROM iris.accounts a WHERE a.id = $1::uuid AND a.external_issuer IS NOT NULL)) \
    ORDER BY o.last_used_at DESC, o.id DESC LIMIT $5::integer) l ON true \
    ORDER BY l.last_used_at DESC, l.id DESC
    """

  /// The living sessions of a user, those used last first.
  func page(_ request: PageRequest, for claims: Claims) throws(StoreError) -> Granted<Page<Entry>> {
    let result = try database.run(
      SessionListStore.pageSQL,
      [claims.sub, claims.sid, String(request.after.microseconds), request.after.id, String(request.limit + 1)],
      repeatable: true)
    return try Granted(outcome: result.text(0)) { () throws(StoreError) in
      var found: [Entry] = []
      for row in 0..<result.rowCount { if let entry = Entry(result, row: row) { found.append(entry) } }
      return Page(found, limit: request.limit, cursor: \.cursor)
    }
  }

  private static let endSQL = """
    WITH s AS MATERIALIZED (SELECT iris.session_standing($1::uuid, $2::uuid) AS outcome), \
    ended AS (UPDATE iris.sessions o SET revoked_at = now() FROM s \
    WHERE s.outcome = 'ok' AND o.id = $3::uuid AND o.account_id = $1::uuid AND o.revoked_at IS NULL \
    AND o.expires_at > now() RETURNING o.id) \
    SELECT CASE WHEN s.outcome = 'ok' AND NOT EXISTS (SELECT 1 FROM ended) THEN 'not_found' ELSE s.outcome END FROM s
    """

  /// Ends one of the user's sessions, be it the one that asks.
  /// - Parameter id: nil: one that no session can have.
  func end(_ id: String?, for claims: Claims) throws(StoreError) -> Granted<Void> {
    let result = try database.run(SessionListStore.endSQL, [claims.sub, claims.sid, id])
    return try Granted(outcome: result.text(0)) {}
  }
}

extension SessionListStore.Entry {
  /// Nil where there is no session.
  fileprivate init?(_ result: borrowing PostgresResult, row: Int) {
    guard let id = result.text(1, row: row), let created = result.text(2, row: row),
      let used = result.text(3, row: row), let expires = result.text(4, row: row)
    else { return nil }
    cursor = PageCursor(microseconds: Int64(result.integer(7, row: row) ?? 0), id: id)
    self.id = id
    createdAt = created
    lastUsedAt = used
    expiresAt = expires
    device = result.text(5, row: row)
    isCurrent = result.boolean(6, row: row) ?? false
  }
}
