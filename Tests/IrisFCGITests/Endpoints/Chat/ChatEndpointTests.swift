import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `POST /api/v1/chat` with PostgreSQL and without a model: the offline Alessio answers, and everything around him is real.
@Suite(.needsDatabase) struct ChatEndpointTests {
  let database: TestDatabase
  let application: TestApplication
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
  }

  private static let path = "/api/v1/chat"

  private func ask(
    _ body: String = #"{"message":"Comment améliorer mon CV ?"}"#, as user: TestUser? = nil, language: String? = nil
  ) throws -> Reply {
    application.post(Self.path, body, token: try application.token(for: user ?? self.user), language: language)
  }

  @Test func `without a model Alessio answers offline, and says so`() throws {
    let reply = try ask()
    #expect(reply.status == 200)
    #expect(
      reply.json.names == [
        "response", "confidence", "model_used", "topic", "suggestions", "session_id", "message_id",
        "processing_time_ms", "finish", "degraded", "usage",
      ])
    #expect(reply["model_used"]?.text == "fallback" && reply["finish"]?.text == "fallback")
    #expect(reply["degraded"] == .bool(true) && reply["confidence"]?.number == 0.5 && reply["topic"]?.text == "cv")
    #expect((2...4).contains(reply["suggestions"]?.items.count ?? 0) && (reply["response"]?.text?.count ?? 0) > 40)
    #expect(Identifier.isUUID(reply["session_id"]?.text ?? "") && Identifier.isUUID(reply["message_id"]?.text ?? ""))
    let usage = try #require(reply["usage"])
    #expect(usage.names == ["daily_used", "daily_limit", "daily_remaining", "minute_remaining", "resets_at"])
    #expect(usage["daily_used"]?.number == 0 && usage["daily_limit"]?.number == 10)
    #expect(usage["daily_remaining"]?.number == 10 && usage["minute_remaining"]?.number == 2)
    #expect(reply.field("RateLimit-Policy") == #""minute";q=3;w=60, "day";q=10;w=86400"#)
    #expect(reply.field("RateLimit")?.hasPrefix(#""minute";r=2;t=60, "day";r=10;t="#) == true)
    #expect(reply.field("Cache-Control") == "no-store" && reply.field("Server-Timing")?.contains("db;dur=") == true)
    #expect(try database.charged(user) == 0)
  }

  @Test func `a chat takes two round trips`() throws {
    let token = try application.token(for: user)
    _ = application.post(Self.path, #"{"message":"Bonjour"}"#, token: token)
    #expect(application.services.database.roundTrips == 2)
  }

  @Test func `the turn is kept under the ids that the answer gives`() throws {
    let reply = try ask(#"{"message":"  Ma \u0001question\u0000  "}"#)
    let id = try #require(reply["message_id"]?.text)
    let row = try database.text(
      """
      SELECT concat_ws('|', q.content, q.status, a.content = $2, a.status, a.model, q.user_id = $3::uuid, q.session_id)
        FROM iris.iris_messages a JOIN iris.iris_messages q ON q.turn_id = a.turn_id AND q.role = 'user'
       WHERE a.id = $1::uuid AND a.role = 'assistant'
      """, [id, reply["response"]?.text, user.id])
    #expect(row == "Ma question|fallback|t|fallback|fallback|t|\(reply["session_id"]?.text ?? "")")
  }

  @Test func `events hold pseudonyms and no words`() throws {
    let reply = try ask(#"{"message":"Secret mot"}"#)
    let rows = try database.column("SELECT row_to_json(e)::text FROM iris.iris_events e ORDER BY event_type")
    #expect(rows.count == 2)
    let all = rows.compactMap { $0 }.joined()
    for secret in [user.id, reply["session_id"]?.text, reply["message_id"]?.text, "Secret", user.email] {
      #expect(secret.map { !all.contains($0) } == true, "\(secret ?? "")")
    }
    let pseudonym = try #require(application.services.pseudonyms.user(user.id))
    #expect(try database.integer("SELECT count(*) FROM iris.iris_events WHERE user_id = $1", [pseudonym]) == 2)
    let types = try database.column("SELECT event_type FROM iris.iris_events ORDER BY 1")
    #expect(types == ["chat_fallback", "chat_request"])
    let metadata = try database.text("SELECT metadata::text FROM iris.iris_events WHERE event_type = 'chat_request'")
    let expected = #"""
      {"tier":"free","topic":"\#(reply["topic"]?.text ?? "")","length":10,"turn":0,"app_context":false,
       "injection_suspected":false}
      """#
    #expect(
      try StrictJSON.parse(Array((metadata ?? "").utf8))
        == StrictJSON.parse(Array(expected.utf8)))
  }

  @Test func `a conversation goes on, and is its owner's alone`() throws {
    let first = try ask()
    let place = try #require(first["session_id"]?.text)
    let second = try ask(#"{"message":"Et après ?","session_id":"\#(place.uppercased())"}"#)
    #expect(second.status == 200 && second["session_id"]?.text == place)
    #expect(try database.integer("SELECT message_count FROM iris.iris_chat_sessions") == 2)
    let stranger = try TestUser(database)
    let refused = try ask(#"{"message":"Et moi ?","session_id":"\#(place)"}"#, as: stranger)
    #expect(refused.outcome == "404 not_found")
    #expect(try ask(#"{"message":"x","session_id":"\#(TestID.make())"}"#).outcome == "404 not_found")
  }

  private static let wrong: [(body: String, errors: [String])] = [
    ("{}", ["/message required"]), (#"{"message":null}"#, ["/message required"]),
    (#"{"message":7}"#, ["/message type"]),
    (#"{"message":""}"#, ["/message too_short"]), (#"{"message":" \n\t "}"#, ["/message too_short"]),
    (#"{"message":"\u0000\u0001"}"#, ["/message too_short"]),
    (#"{"message":"\#(String(repeating: "é", count: 4_001))"}"#, ["/message too_long"]),
    (#"{"message":"\#(String(repeating: "e\u{301}x", count: 2_001))"}"#, ["/message too_long"]),
    (#"{"message":"a","session_id":"x"}"#, ["/session_id uuid"]),
    (#"{"message":"a","session_id":""}"#, ["/session_id uuid"]),
    (#"{"message":"a","session_id":1}"#, ["/session_id type"]),
    (#"{"message":"a","session_id":"{01900000-0000-7000-8000-000000000001}"}"#, ["/session_id uuid"]),
    (#"{"message":"a","app_context":""}"#, ["/app_context pattern"]),
    (#"{"message":"a","app_context":"CV"}"#, ["/app_context pattern"]),
    (#"{"message":"a","app_context":"a b"}"#, ["/app_context pattern"]),
    (#"{"message":"a","app_context":"\#(String(repeating: "a", count: 33))"}"#, ["/app_context pattern"]),
    (#"{"message":"a","app_context":["cv"]}"#, ["/app_context type"]),
    (#"{"session_id":"x","app_context":"é"}"#, ["/message required", "/session_id uuid", "/app_context pattern"]),
  ]

  @Test func `a wrong field is told and costs nothing`() throws {
    for (body, errors) in Self.wrong {
      let reply = try ask(body)
      #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == errors, "\(body)")
    }
    #expect(try database.integer("SELECT count(*) FROM iris.user_minute_usage") == 0)
  }

  private static let right = [
    #"{"message":"\#(String(repeating: "é", count: 4_000))"}"#,
    #"{"message":" \#(String(repeating: "a", count: 4_000)) "}"#,
    "{\"message\":\"\(String(repeating: "e\u{301}", count: 4_000))\"}",
    #"{"message":"a","session_id":null,"app_context":null}"#,
    #"{"message":"a","app_context":"cv_2-x"}"#, #"{"message":"👩🏽‍🎓"}"#, #"{"message":"a","unknown":{"x":[]}}"#,
  ]

  @Test func `what is just within the bounds is asked`() throws {
    for body in Self.right { #expect(try ask(body, as: TestUser(database)).status == 200, "\(body)") }
  }

  @Test func `a disabled account comes before a flaw of the body`() throws {
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    for body in [#"{"message":"Bonjour"}"#, "{", "{}", "[]", String(repeating: " ", count: 70_000)] {
      #expect(try ask(body).outcome == "403 account_disabled")
    }
    var text = Request.test("POST", Self.path, "hello", token: try application.token(for: user))
    text.contentType = "text/plain"
    #expect(application.send(text).outcome == "403 account_disabled")
    text.body = .cut
    #expect(application.send(text).outcome == "403 account_disabled")
  }

  @Test func `a flaw of the body comes before the quota, and a foreign conversation too`() throws {
    try database.setCharged(user, 10)
    #expect(try ask("{").outcome == "400 invalid_json")
    #expect(try ask("{}").outcome == "422 validation_failed")
    #expect(try ask(#"{"message":"a","session_id":"\#(TestID.make())"}"#).outcome == "404 not_found")
    #expect(try ask().outcome == "429 daily_quota_exceeded")
  }

  @Test func `a reached day says when it opens again and what premium brings`() throws {
    try database.setCharged(user, 10)
    for (language, sentence, offer) in [
      (nil, "Vous avez utilisé vos 10 messages du jour", "Avec le premium, les messages sont illimités"),
      ("en", "You have used your 10 messages of the day", "With premium, messages are unlimited"),
    ] {
      let reply = try ask(language: language)
      #expect(reply.outcome == "429 daily_quota_exceeded")
      let detail = try #require(reply["detail"]?.text)
      #expect(detail.contains(sentence) && detail.contains(offer))
      #expect(reply["upgrade_url"]?.text == "https://iris.example/premium")
      let wait = try #require(reply.field("Retry-After").flatMap { Int($0) })
      #expect((1...90_000).contains(wait))
      #expect(reply.field("RateLimit") == #""minute";r=3;t=60, "day";r=0;t=\#(wait)"#)
      #expect(reply.field("RateLimit-Policy") == #""minute";q=3;w=60, "day";q=10;w=86400"#)
    }
  }

  @Test func `a reached minute says when it opens again`() throws {
    for _ in 1...3 { #expect(try ask().status == 200) }
    let reply = try ask()
    #expect(reply.outcome == "429 rate_limited" && reply["upgrade_url"]?.text == "https://iris.example/premium")
    let wait = try #require(reply.field("Retry-After").flatMap { Int($0) })
    #expect((50...60).contains(wait))
    #expect(reply.field("RateLimit")?.hasPrefix(#""minute";r=0;t=\#(wait), "day";r=10;t="#) == true)
    #expect(reply["detail"]?.text?.contains("3 messages par minute") == true)
    try database.clearMinute(of: user)
    #expect(try ask().status == 200)
  }

  @Test func `premium has no day in its headers and no offer in its refusal`() throws {
    let premium = try TestUser(database, tier: .premium)
    let first = try ask(as: premium)
    #expect(first["usage"]?["daily_limit"] == .null && first["usage"]?["daily_remaining"] == .null)
    #expect(first["usage"]?["minute_remaining"]?.number == 9)
    #expect(first.field("RateLimit-Policy") == #""minute";q=10;w=60"#)
    #expect(first.field("RateLimit") == #""minute";r=9;t=60"#)
    for _ in 2...10 { #expect(try ask(as: premium).status == 200) }
    let refused = try ask(as: premium)
    #expect(refused.outcome == "429 rate_limited" && refused["upgrade_url"] == nil)
    #expect(refused["detail"]?.text?.contains("premium") == false)
  }

  @Test func `the limits are the operator's`() throws {
    let other = try TestApplication(
      ["IRIS_LIMITS": "free=none/day,1/minute;premium=7/day,none/minute"], database: database)
    let token = try other.token(for: user)
    let first = other.post(Self.path, #"{"message":"a"}"#, token: token)
    #expect(first.status == 200 && first["usage"]?["daily_limit"] == .null)
    let refused = other.post(Self.path, #"{"message":"a"}"#, token: token)
    #expect(refused.outcome == "429 rate_limited")
    #expect(refused["detail"]?.text?.contains("7 messages par jour") == true)
  }

  @Test func `a model that cannot be reached is a fallback with its reason, and free`() throws {
    let other = try TestApplication(
      [
        "IRIS_GEMINI_API_KEYS": "key-1,key-2", "IRIS_GEMINI_BASE_URL": "http://127.0.0.1:1", "IRIS_CHAT_DEADLINE": "5",
        "IRIS_LOG_LEVEL": "error",
      ], database: database)
    let reply = other.post(Self.path, #"{"message":"Bonjour"}"#, token: try other.token(for: user))
    #expect(reply.status == 200 && reply["model_used"]?.text == "fallback" && reply["degraded"] == .bool(true))
    #expect(try database.charged(user) == 0)
    let reasons = try database.text(
      "SELECT metadata->>'reasons' FROM iris.iris_events WHERE event_type = 'chat_fallback'")
    #expect(reasons?.contains("unreachable_connection") == true && reasons?.contains("key-") == false)
  }

  @Test func `health with a database is degraded by the missing key alone`() throws {
    let reply = application.get("/health")
    #expect(reply.status == 200 && reply["status"]?.text == "degraded")
    #expect(reply["checks"]?["database"]?.text == "ok" && reply["checks"]?["gemini"]?.text == "unconfigured")
    let whole = try TestApplication(["IRIS_GEMINI_API_KEYS": "k"], database: database).get("/health")
    #expect(whole.status == 200 && whole["status"]?.text == "ok")
  }
}
