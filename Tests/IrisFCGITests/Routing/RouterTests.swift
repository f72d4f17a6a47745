import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What every route shares, without a database.
struct RouterTests {
  private static func token() throws -> String {
    try TestApplication().services.tokens.issue(
      account: TokenForge.user, session: TokenForge.session, tier: .free, now: Call.now)
  }

  @Test(arguments: [
    "/", "", "/api", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/topics/", "/API/V1/TOPICS", "/api/v2/topics",
    "/health/", "/health/live/x", "//health/live", "/api/v1/user/me/", "/api/v1/chat/", "/../etc/passwd", "/health\0",
    "/api/v1/topics?x=1", "/api/v1/Topics", "health", "/\u{FFFD}", "/api/v1/chat/sessions/",
    "/api/v1/chat/sessions/x/", "/api/v1/chat/sessions/x/y", "/api/v1/chat/messages/x",
    "/api/v1/chat/messages//feedback",
    "/api/v1/user/context/", "/api/v1/user/context", "/api/v1/chat/sessions/{id}", "/api/v1/chat/sessions/%78",
  ])
  func `an address that is not there, whatever the method`(path: String) throws {
    let application = try TestApplication()
    for method in ["GET", "POST", "HEAD", "DELETE", "BREW"] {
      let reply = application.send(.test(method, path))
      #expect(reply.outcome == "404 not_found")
      #expect(reply.field("Cache-Control") == "no-store")
    }
  }

  @Test(arguments: [
    ("POST", "/health/live", "GET, HEAD"), ("DELETE", "/health", "GET, HEAD"), ("PUT", "/api/v1/topics", "GET, HEAD"),
    ("GET", "/api/v1/auth/register", "POST"), ("HEAD", "/api/v1/auth/login", "POST"),
    ("PUT", "/api/v1/auth/refresh", "POST"), ("GET", "/api/v1/auth/logout", "POST"),
    ("POST", "/api/v1/user/me", "GET, HEAD, PATCH, DELETE"), ("GET", "/api/v1/chat", "POST"),
    ("get", "/health", "GET, HEAD"),
    ("POST", "/api/v1/chat/sessions", "GET, HEAD"), ("PUT", "/api/v1/chat/sessions/x", "GET, HEAD, DELETE"),
    ("GET", "/api/v1/chat/messages/x/feedback", "PUT"), ("POST", "/api/v1/user/context/cv", "PUT, GET, HEAD, DELETE"),
    ("OPTIONS", "/api/v1/chat", "POST"), ("TRACE", "/health/live", "GET, HEAD"),
  ])
  func `a method that an address does not take comes before any token`(
    method: String, path: String, allowed: String
  ) throws {
    let reply = try TestApplication().send(.test(method, path))
    #expect(reply.outcome == "405 method_not_allowed" && reply.field("Allow") == allowed)
  }

  @Test func `HEAD is GET`() throws {
    let application = try TestApplication()
    for path in ["/health/live", "/api/v1/topics"] {
      #expect(application.send(.test("HEAD", path)).response.body == application.get(path).response.body)
    }
  }

  /// Those of the table, so that none is forgotten.
  private static let tokenRoutes = accountRoutes + serviceRoutes
  private static let accountRoutes = routes { if case .account = $0 { true } else { false } }
  private static let serviceRoutes = routes { if case .service = $0 { true } else { false } }

  /// Method and path of routes, with something in a parameter's place.
  private static func routes(_ belongs: (Route.Access) -> Bool) -> [(String, String)] {
    Route.table.filter { belongs($0.access) }.map { route in
      let segments = route.path.split(separator: "/", omittingEmptySubsequences: false)
      return (route.method, segments.map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/"))
    }
  }

  @Test func `a service's token opens the service's routes alone, and no user's token does`() throws {
    let application = try TestApplication(["IRIS_SERVICE_SECRET": Sample.key + "2"])
    let payload = #"{"sub":"backend","aud":"iris-internal","iat":\#(Call.now),"exp":\#(Call.now + 300)}"#
    let service = try TokenForge.token(payload: payload, key: Sample.key + "2")
    let user = try Self.token()
    for (method, path) in Self.serviceRoutes {
      #expect(application.send(.test(method, path, "x", token: service)).status == 400, "it is let in")
      #expect(application.send(.test(method, path, token: user)).outcome == "401 invalid_token")
    }
    for (method, path) in Self.accountRoutes {
      #expect(application.send(.test(method, path, token: service)).outcome == "401 invalid_token")
    }
  }

  @Test(arguments: tokenRoutes) func `every route with a token refuses before it looks at a body`(
    method: String, path: String
  ) throws {
    let application = try TestApplication()
    var huge = Request.test(method, path, "x")
    huge.contentLength = 1 << 40
    huge.body = .unread
    for request in [Request.test(method, path), .test(method, path, "not JSON"), huge] {
      let missing = application.send(request)
      #expect(missing.outcome == "401 missing_token")
      #expect(missing.field("WWW-Authenticate") == "Bearer realm=\"iris\"")
      #expect(missing["login_url"]?.text == "https://iris.example/login")
      var wrong = request
      wrong.authorization = "Bearer x.y.z"
      let refused = application.send(wrong)
      #expect(refused.outcome == "401 invalid_token")
      #expect(refused.field("WWW-Authenticate") == "Bearer realm=\"iris\", error=\"invalid_token\"")
      #expect(refused["login_url"]?.text == "https://iris.example/login")
    }
  }

  @Test(arguments: accountRoutes) func `an expired token of ours says so`(method: String, path: String) throws {
    let application = try TestApplication()
    let token = try application.services.tokens.issue(
      account: TokenForge.user, session: TokenForge.session, tier: .free, now: Call.now - 901)
    let reply = application.send(.test(method, path, token: token))
    #expect(reply.outcome == "401 expired_token")
    #expect(reply.field("WWW-Authenticate") == "Bearer realm=\"iris\", error=\"invalid_token\"")
  }

  @Test func `without a signing key a token cannot be judged, which is not its fault`() throws {
    let application = try TestApplication(["IRIS_JWT_SECRET": ""])
    for authorization in [nil, "Bearer x", "Bearer \(try Self.token())"] {
      var request = Request.test("GET", "/api/v1/user/me")
      request.authorization = authorization
      let reply = application.send(request)
      #expect(reply.outcome == "503 unavailable" && reply.field("Retry-After") != nil)
    }
  }

  @Test func `without a database what needs it is unavailable and says when to come back`() throws {
    let application = try TestApplication()
    let token = try Self.token()
    let refresh = try application.services.refreshTokens.first().text
    let replies = [
      application.post("/api/v1/auth/register", #"{"email":"a@b.fr","password":"un mot de passe"}"#),
      application.post("/api/v1/auth/login", #"{"email":"a@b.fr","password":"un mot de passe"}"#),
      application.post("/api/v1/auth/refresh", #"{"refresh_token":"\#(refresh)"}"#),
      application.send(.test("POST", "/api/v1/auth/logout", token: token)),
      application.get("/api/v1/user/me", token: token),
      application.patch("/api/v1/user/me", #"{"name":"Léa"}"#, token: token),
      application.post("/api/v1/chat", #"{"message":"Bonjour"}"#, token: token),
      application.get("/api/v1/chat/sessions", token: token),
      application.get("/api/v1/chat/sessions/x", token: token),
      application.send(.test("DELETE", "/api/v1/chat/sessions/x", token: token)),
      application.send(.test("PUT", "/api/v1/chat/messages/x/feedback", #"{"rating":1}"#, token: token)),
      application.send(.test("PUT", "/api/v1/user/context/cv", "{}", token: token)),
      application.get("/api/v1/user/context/cv", token: token),
      application.send(.test("DELETE", "/api/v1/user/context/cv", token: token)),
    ]
    for reply in replies {
      #expect(reply.outcome == "503 unavailable")
      #expect(reply.field("Retry-After").flatMap { Int($0) }.map { $0 > 0 } == true)
      #expect(reply.field("Cache-Control") == "no-store")
    }
  }

  @Test func `without a database a flaw of the body is still told`() throws {
    let application = try TestApplication()
    let token = try Self.token()
    #expect(application.post("/api/v1/chat", "{", token: token).outcome == "400 invalid_json")
    #expect(application.post("/api/v1/chat", "{}", token: token).outcome == "422 validation_failed")
    #expect(application.post("/api/v1/auth/login", "{}").outcome == "422 validation_failed")
  }

  @Test(arguments: [(30_000, 200), (30_001, 503), (599_999, 503)])
  func `a request older than the deadline of a chat has nobody waiting for it`(queued: Int, status: Int) throws {
    var request = Request.test("GET", "/api/v1/topics")
    request.queueMilliseconds = queued
    let reply = try TestApplication().send(request)
    #expect(reply.status == status && (reply.field("Retry-After") != nil) == (status == 503))
  }

  @Test func `live says ok`() throws {
    let reply = try TestApplication().get("/health/live")
    #expect(reply.status == 200 && reply["status"]?.text == "ok")
    #expect(reply.field("Content-Type") == "application/json" && reply.field("Cache-Control") == "no-store")
  }

  @Test func `topics may be kept for a while, and are five domains`() throws {
    let reply = try TestApplication().get("/api/v1/topics")
    #expect(reply.status == 200 && reply.field("Cache-Control") == "public, max-age=300")
    let topics = try #require(reply["topics"]?.items)
    #expect(topics.compactMap { $0["id"]?.text } == ["reconversion", "cv", "lettre", "entretien", "strategie"])
    for topic in topics {
      #expect(topic.names == ["id", "name", "description", "specialisations", "examples"])
      #expect(topic["examples"]?.items.isEmpty == false)
      for special in topic["specialisations"]?.items ?? [] { #expect(special.names == ["id", "name"]) }
      #expect(topic["specialisations"]?.items.isEmpty == false)
    }
  }

  @Test(arguments: [
    ("GET", "/api/v1/topics", true), ("GET", "/api/v1/user/me", true), ("GET", "/api/v1/nothing", true),
    ("POST", "/api/v1/chat", true), ("POST", "/api/v1/auth/login", false), ("GET", "/api/v1/auth/login", false),
    ("POST", "/api/v1/auth/nothing", false), ("GET", "/health", false), ("GET", "/health/live", false),
    ("GET", "/", false),
  ])
  func `Server-Timing stands on API answers outside of auth`(method: String, path: String, present: Bool) throws {
    var request = Request.test(method, path)
    request.queueMilliseconds = 12
    let timing = try TestApplication().send(request).field("Server-Timing")
    #expect((timing != nil) == present)
    guard let timing else { return }
    #expect(timing.hasPrefix("queue;dur=12, db;dur="))
    let names = timing.split(separator: ", ").map { $0.prefix { $0 != ";" } }
    #expect(names == ["queue", "db", "model", "total"])
    #expect(timing.split(separator: ", ").allSatisfy { $0.split(separator: "=").last.flatMap { Double($0) } != nil })
  }

  @Test func `health without a database is down, in one word each`() throws {
    let reply = try TestApplication().get("/health")
    #expect(reply.status == 503 && reply["status"]?.text == "down" && reply.field("Retry-After") != nil)
    #expect(reply.json.names == ["status", "checks", "version", "uptime_s"])
    let checks = try #require(reply["checks"])
    #expect(checks["database"]?.text == "down" && checks["gemini"]?.text == "unconfigured")
    #expect(checks["auth"]?.text == "ok" && checks["memory"]?.text == "ok")
    #expect(checks.names == ["database", "gemini", "auth", "memory"])
    #expect(reply["version"]?.text == Version.number && (reply["uptime_s"]?.number ?? -1) >= 0)
  }
}
