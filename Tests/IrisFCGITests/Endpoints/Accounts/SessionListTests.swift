import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `GET /api/v1/auth/sessions` and `DELETE /api/v1/auth/sessions/{id}`.
@Suite(.needsDatabase) struct SessionListTests {
  let database: TestDatabase
  let application: TestApplication
  let user: TestUser
  let token: String

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
    token = try application.token(for: user)
  }

  private func list(_ query: String = "", token: String? = nil) -> Reply {
    var request = Request.test("GET", "/api/v1/auth/sessions", token: token ?? self.token)
    request.query = query
    return application.send(request)
  }

  private func end(_ id: String, token: String? = nil) -> String {
    application.send(.test("DELETE", "/api/v1/auth/sessions/\(id)", token: token ?? self.token)).outcome
  }

  private func ids(_ reply: Reply) -> [String] { reply["items"]?.items.compactMap { $0["id"]?.text } ?? [] }

  /// Another session of the user's (or of somebody's), last used so many seconds ago.
  @discardableResult
  private func open(secondsAgo: Int, device: String? = nil, of owner: TestUser? = nil) throws -> String {
    let id = try TestID.make(secondsAgo: secondsAgo)
    try database.execute(
      "SELECT iris.open_session($1::uuid, $2::uuid, $3::bytea, 3600, 7200, $4)",
      [id, (owner ?? user).id, Bytea.text(Digest.sha256(Array(id.utf8))), device])
    try database.execute(
      """
      UPDATE iris.sessions SET created_at = created_at - make_interval(secs => $2::integer),
        last_used_at = last_used_at - make_interval(secs => $2::integer) WHERE id = $1::uuid
      """, [id, String(secondsAgo)])
    return id
  }

  @Test func `own living sessions, those used last first, with what helps to know them`() throws {
    try open(secondsAgo: 5, of: TestUser(database))
    let phone = try open(secondsAgo: 60, device: "Téléphone")
    let old = try open(secondsAgo: 7_200)
    let reply = list()
    #expect(reply.status == 200 && ids(reply) == [user.session, phone, old] && reply["next_cursor"] == .null)
    let item = try #require(reply["items"]?.items[1])
    #expect(item.names == ["id", "created_at", "last_used_at", "expires_at", "device", "current"])
    #expect(item["device"]?.text == "Téléphone" && item["current"] == .bool(false))
    let times = try database.text(
      "SELECT concat_ws(' ', iris.rfc3339(created_at), iris.rfc3339(last_used_at), iris.rfc3339(expires_at)) "
        + "FROM iris.sessions WHERE id = $1::uuid", [phone])
    #expect(
      ["created_at", "last_used_at", "expires_at"].compactMap { item[$0]?.text }.joined(separator: " ") == times)
    #expect(reply["items"]?.items[0]["current"] == .bool(true) && reply["items"]?.items[0]["device"] == .null)
  }

  private static let ends = [
    "UPDATE iris.sessions SET revoked_at = now() WHERE id = $1::uuid",
    "UPDATE iris.sessions SET expires_at = now() WHERE id = $1::uuid",
  ]

  @Test(arguments: ends + ["UPDATE iris.refresh_tokens SET expires_at = now() WHERE session_id = $1::uuid"])
  func `what has ended is not listed`(sql: String) throws {
    let other = try open(secondsAgo: 60)
    #expect(ids(list()) == [user.session, other])
    try database.execute(sql, [other])
    #expect(ids(list()) == [user.session])
  }

  @Test func `sessions of another issuer's tokens live without refresh tokens of ours`() throws {
    try database.execute("UPDATE iris.accounts SET external_issuer = 'i', external_subject = 's'")
    let other = try open(secondsAgo: 60)
    try database.execute("DELETE FROM iris.refresh_tokens")
    #expect(ids(list()) == [user.session, other])
    #expect(end(other) == "204" && ids(list()) == [user.session])
  }

  @Test(arguments: ends) func `what has ended cannot be ended again`(sql: String) throws {
    let other = try open(secondsAgo: 60)
    try database.execute(sql, [other])
    #expect(end(other) == "404 not_found")
  }

  @Test func `pages follow each other without gap or repeat, equal moments included`() throws {
    for age in [10, 20, 30, 40, 50] { try open(secondsAgo: age) }
    try database.execute(
      "UPDATE iris.sessions SET last_used_at = date_trunc('hour', now()) - interval '1 h' WHERE id <> $1::uuid",
      [user.session])
    let all = ids(list())
    #expect(all.count == 6)
    var found: [String] = []
    var query = "limit=2"
    for _ in 0..<3 {
      let reply = list(query)
      #expect(ids(reply).count == 2)
      found += ids(reply)
      query = "limit=2&cursor=\(reply["next_cursor"]?.text ?? "")"
    }
    #expect(found == all && query == "limit=2&cursor=")
  }

  @Test(arguments: [
    ("limit=0", "/limit range"), ("limit=101", "/limit range"), ("cursor=x", "/cursor cursor"),
    ("cursor=\(PageCursor.start.text(of: "conversations"))", "/cursor cursor"),
  ])
  func `what is no page`(query: String, error: String) {
    let reply = list(query)
    #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == [error])
  }

  @Test func `an ended session is out at its next request, and nothing else is`() throws {
    let other = try open(secondsAgo: 60)
    let otherToken = try application.services.tokens.issue(account: user.id, session: other, tier: .free, now: Call.now)
    #expect(list(token: otherToken).status == 200)
    #expect(end(other.uppercased()) == "204")
    #expect(list(token: otherToken).outcome == "401 session_revoked" && ids(list()) == [user.session])
    #expect(end(other) == "404 not_found")
  }

  @Test func `the current session can be ended, too`() throws {
    let other = try open(secondsAgo: 60)
    #expect(end(user.session) == "204")
    #expect(list().outcome == "401 session_revoked" && end(other) == "401 session_revoked")
  }

  @Test func `somebody else's session, an unknown one and what is no id are not found`() throws {
    let stranger = try TestUser(database)
    for id in [stranger.session, try TestID.make(), "x", "1"] { #expect(end(id) == "404 not_found") }
    #expect(list(token: try application.token(for: stranger)).status == 200)
  }

  @Test func `a disabled account sees and ends nothing`() throws {
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    #expect(list().outcome == "403 account_disabled" && end(user.session) == "403 account_disabled")
  }

  @Test func `without a token, and without a database`() throws {
    #expect(application.get("/api/v1/auth/sessions").outcome == "401 missing_token")
    let away = try TestApplication(["IRIS_DATABASE_URL": "host=/nonexistent"])
    #expect(away.get("/api/v1/auth/sessions", token: token).outcome == "503 unavailable")
    #expect(
      away.send(.test("DELETE", "/api/v1/auth/sessions/\(user.session)", token: token)).outcome == "503 unavailable")
  }

  @Test func `each takes one round trip`() throws {
    _ = list()
    #expect(application.services.database.roundTrips == 1)
    _ = end(user.session)
    #expect(application.services.database.roundTrips == 1)
  }
}
