import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// A session from its first token to its end, through the router.
@Suite(.needsDatabase) struct SessionFlowTests {
  let database: TestDatabase
  let application: TestApplication
  let opened: Reply

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    opened = application.post(
      "/api/v1/auth/register", #"{"email":"lea@exemple.fr","password":"une phrase de passe"}"#)
    try #require(opened.status == 201)
  }

  private func refresh(_ token: String?, _ application: TestApplication? = nil) -> Reply {
    (application ?? self.application).post("/api/v1/auth/refresh", #"{"refresh_token":"\#(token ?? "")"}"#)
  }

  private func login() -> Reply {
    application.post("/api/v1/auth/login", #"{"email":"lea@exemple.fr","password":"une phrase de passe"}"#)
  }

  private func me(_ reply: Reply) -> String {
    application.get("/api/v1/user/me", token: reply["access_token"]?.text).outcome
  }

  @Test func `refreshing gives new tokens for the same session`() throws {
    let next = refresh(opened["refresh_token"]?.text)
    #expect(next.status == 200 && next.json.names == opened.json.names && next["user"] == opened["user"])
    #expect(next["refresh_token"] != opened["refresh_token"] && next["access_token"] != opened["access_token"])
    #expect(me(next) == "200" && me(opened) == "200")
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 1)
  }

  @Test func `two tabs that refresh at once get the same child`() throws {
    let (first, second) = (refresh(opened["refresh_token"]?.text), refresh(opened["refresh_token"]?.text))
    #expect(first.status == 200 && second.status == 200)
    #expect(first["refresh_token"]?.text != nil && first["refresh_token"] == second["refresh_token"])
    #expect(refresh(first["refresh_token"]?.text).status == 200)
  }

  @Test func `a parent that comes back after its child was used ends the session`() throws {
    let child = refresh(opened["refresh_token"]?.text)
    let grandchild = refresh(child["refresh_token"]?.text)
    #expect(grandchild.status == 200)
    let replay = refresh(opened["refresh_token"]?.text)
    #expect(replay.outcome == "401 invalid_token" && replay["login_url"]?.text == "https://iris.example/login")
    #expect(refresh(grandchild["refresh_token"]?.text).outcome == "401 invalid_token")
    #expect(me(grandchild) == "401 session_revoked")
    #expect(login().status == 200)
  }

  @Test func `a parent that comes back after the grace ends the session`() throws {
    let child = refresh(opened["refresh_token"]?.text)
    try database.execute("UPDATE iris.refresh_tokens SET used_at = used_at - interval '10 s'")
    #expect(refresh(opened["refresh_token"]?.text).outcome == "401 invalid_token")
    #expect(refresh(child["refresh_token"]?.text).outcome == "401 invalid_token")
    #expect(me(child) == "401 session_revoked")
  }

  @Test func `a key that was replaced still gives its children, the new one the next`() throws {
    let child = refresh(opened["refresh_token"]?.text)
    let rotated = try TestApplication(
      ["IRIS_JWT_SECRET": "\(Sample.otherKey)x,\(Sample.key)"], database: database)
    let again = refresh(opened["refresh_token"]?.text, rotated)
    #expect(again.status == 200 && again["refresh_token"] == child["refresh_token"])
    #expect(refresh(child["refresh_token"]?.text, rotated).status == 200)
  }

  /// During a rotation of secrets, one worker may make a child that another one is asked for.
  @Test func `workers with another order of keys give the same child`() throws {
    let next = "\(Sample.otherKey)x"
    let parent = opened["refresh_token"]?.text
    let first = try TestApplication(["IRIS_JWT_SECRET": "\(Sample.key),\(next)"], database: database)
    let second = try TestApplication(["IRIS_JWT_SECRET": "\(next),\(Sample.key)"], database: database)
    let child = refresh(parent, second)
    #expect(child.status == 200 && refresh(parent, first)["refresh_token"] == child["refresh_token"])
    // One that does not know the new secret yet: the token is good, so it is not told otherwise.
    let late = refresh(parent)
    #expect(late.outcome == "503 unavailable" && late.field("Retry-After") != nil)
    #expect(refresh(child["refresh_token"]?.text, first).status == 200)
  }

  private static let noTokens: [(String, String)] = [
    (#"{"refresh_token":"x"}"#, "401 invalid_token"), (#"{"refresh_token":""}"#, "401 invalid_token"),
    (#"{"refresh_token":"\#(String(repeating: "A", count: 43))"}"#, "401 invalid_token"),
    (#"{"refresh_token":"\u0000"}"#, "401 invalid_token"), ("{}", "422 validation_failed"),
    (#"{"refresh_token":null}"#, "422 validation_failed"), (#"{"refresh_token":7}"#, "422 validation_failed"),
  ]

  @Test func `what is no refresh token`() {
    for (body, outcome) in Self.noTokens {
      #expect(application.post("/api/v1/auth/refresh", body).outcome == outcome)
    }
  }

  @Test func `without a database a good token is not called bad`() throws {
    let away = try TestApplication(["IRIS_DATABASE_URL": "host=/nonexistent"])
    #expect(refresh(opened["refresh_token"]?.text, away).outcome == "503 unavailable")
    #expect(
      away.post("/api/v1/auth/logout", "{}", token: opened["access_token"]?.text).outcome == "503 unavailable")
  }

  @Test func `an access token is no refresh token`() {
    #expect(refresh(opened["access_token"]?.text).outcome == "401 invalid_token")
  }

  @Test func `a disabled account is refused everywhere but keeps its session`() throws {
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    #expect(refresh(opened["refresh_token"]?.text).outcome == "403 account_disabled")
    #expect(me(opened) == "403 account_disabled")
    #expect(
      application.send(.test("POST", "/api/v1/auth/logout", token: opened["access_token"]?.text)).outcome
        == "403 account_disabled")
    try database.execute("UPDATE iris.accounts SET disabled_at = NULL")
    #expect(me(opened) == "200" && refresh(opened["refresh_token"]?.text).status == 200)
  }

  @Test func `an erased account has no sessions`() throws {
    try database.execute("DELETE FROM iris.accounts")
    #expect(me(opened) == "401 session_revoked")
    #expect(refresh(opened["refresh_token"]?.text).outcome == "401 invalid_token")
  }

  @Test func `logging out ends this session at once`() throws {
    let other = login()
    let reply = application.send(.test("POST", "/api/v1/auth/logout", token: opened["access_token"]?.text))
    #expect(reply.status == 204 && reply.response.body.isEmpty)
    #expect(me(opened) == "401 session_revoked")
    #expect(refresh(opened["refresh_token"]?.text).outcome == "401 invalid_token")
    #expect(me(other) == "200" && refresh(other["refresh_token"]?.text).status == 200)
  }

  @Test(arguments: [
    (#"{"everywhere":true}"#, "401 session_revoked"), (#"{"everywhere":false}"#, "200"), ("{}", "200"),
    (#"{"everywhere":null}"#, "200"),
  ])
  func `logging out everywhere ends all of them`(body: String, others: String) throws {
    let other = login()
    let stranger = application.post(
      "/api/v1/auth/register", #"{"email":"max@exemple.fr","password":"une phrase de passe"}"#)
    #expect(application.post("/api/v1/auth/logout", body, token: opened["access_token"]?.text).status == 204)
    #expect(me(opened) == "401 session_revoked" && me(other) == others && me(stranger) == "200")
  }

  @Test(arguments: [#"{"everywhere":"yes"}"#, #"{"everywhere":1}"#])
  func `an unreadable wish ends nothing`(body: String) {
    let reply = application.post("/api/v1/auth/logout", body, token: opened["access_token"]?.text)
    #expect(reply.fieldErrors == ["/everywhere type"] && me(opened) == "200")
  }

  @Test func `an ended session comes before a flaw of the body`() throws {
    let token = opened["access_token"]?.text
    _ = application.send(.test("POST", "/api/v1/auth/logout", token: token))
    for body in ["{", "{}", #"{"everywhere":1}"#, String(repeating: " ", count: 70_000)] {
      for (method, path) in [("POST", "/api/v1/auth/logout"), ("PATCH", "/api/v1/user/me"), ("POST", "/api/v1/chat")] {
        #expect(application.send(.test(method, path, body, token: token)).outcome == "401 session_revoked")
      }
    }
  }

  @Test func `a token of a session that the account does not have`() throws {
    let stranger = try TestUser(database)
    let claims = try application.services.tokens.claims(
      authorization: "Bearer \(opened["access_token"]?.text ?? "")", now: Double(Clock.realtimeMilliseconds) / 1_000)
    for (account, session) in [
      (claims.sub, stranger.session), (stranger.id, claims.sid), (claims.sub, try TestID.make()),
    ] {
      let token = try application.services.tokens.issue(account: account, session: session, tier: .free, now: Call.now)
      #expect(application.get("/api/v1/user/me", token: token).outcome == "401 session_revoked")
    }
  }

  @Test func `a session ends at its time however often it was refreshed`() throws {
    try database.execute("UPDATE iris.sessions SET expires_at = now() - interval '1 s'")
    #expect(me(opened) == "401 session_revoked")
    #expect(refresh(opened["refresh_token"]?.text).outcome == "401 invalid_token")
  }
}
