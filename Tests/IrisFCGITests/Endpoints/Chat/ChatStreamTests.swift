import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `POST /api/v1/chat` as a stream, and what a person in distress reads, with PostgreSQL and without a model.
@Suite(.needsDatabase) struct ChatStreamTests {
  let database: TestDatabase
  let application: TestApplication
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
  }

  private static let path = "/api/v1/chat"
  private static let distress = #"{"message":"Je n'en peux plus, j'ai envie de mourir."}"#

  private func ask(_ body: String = #"{"message":"Comment améliorer mon CV ?"}"#) throws -> (Reply, RecordingChannel) {
    application.stream(Self.path, body, token: try application.token(for: user))
  }

  private static func data(_ event: (name: String, data: String)) throws -> JSONValue {
    try StrictJSON.parse(Array(event.data.utf8))
  }

  @Test func `a fallback is start, delta and done`() throws {
    let (reply, channel) = try ask()
    #expect(channel.events.map(\.name) == ["start", "delta", "done"])
    let (start, delta, done) = try (
      Self.data(channel.events[0]), Self.data(channel.events[1]), Self.data(channel.events[2])
    )
    #expect(start.names == ["session_id", "message_id", "topic", "model_used"])
    #expect(start["model_used"]?.text == "fallback" && start["topic"]?.text == "cv")
    #expect(delta["text"] == done["response"] && done["finish"]?.text == "fallback")
    #expect(start["message_id"] == done["message_id"] && start["session_id"] == done["session_id"])
    #expect(channel.head.contains("RateLimit: ") && channel.head.contains("X-Request-Id: 0123456789abcdef"))
    #expect(reply.status == 200 && reply.response.sentBytes != nil && reply.response.body.isEmpty)
  }

  @Test func `what is refused before the first text is an ordinary error`() throws {
    for (body, outcome) in [
      ("{", "400 invalid_json"), ("{}", "422 validation_failed"),
      (#"{"message":"a","session_id":"\#(try TestID.make())"}"#, "404 not_found"),
    ] {
      let (reply, channel) = try ask(body)
      #expect(reply.outcome == outcome && channel.parts.isEmpty && reply.response.sentBytes == nil)
    }
  }

  @Test func `someone in distress reads first who helps, in a stream too`() throws {
    let (_, channel) = try ask(Self.distress)
    let first = try #require(channel.events.first { $0.name == "delta" })
    #expect(try Self.data(first)["text"]?.text?.contains("3114") == true)
    let done = try Self.data(try #require(channel.events.last))
    #expect(done["response"]?.text?.contains("3114") == true && done["finish"]?.text == "fallback")
  }

  @Test func `no limit stands before the numbers that help`() throws {
    try database.setCharged(user, 10)
    let token = try application.token(for: user)
    for (message, word) in [(Self.distress, "seul"), (#"{"message":"I want to die and I feel alone"}"#, "alone")] {
      let refused = application.post(Self.path, message, token: token)
      #expect(refused.outcome == "429 daily_quota_exceeded" && refused["upgrade_url"] == nil)
      #expect(refused["detail"]?.text?.contains("3114") == true && refused["detail"]?.text?.contains(word) == true)
    }
  }

  @Test func `distress is in no event`() throws {
    _ = try ask(Self.distress)
    _ = try ask()
    let names = try database.column(
      "SELECT DISTINCT k FROM iris.iris_events e, jsonb_object_keys(e.metadata) k WHERE event_type = 'chat_request'")
    #expect(
      Set(names.compactMap { $0 }) == ["tier", "topic", "length", "turn", "app_context", "injection_suspected"])
  }

  private static let keys = [
    "", " ", "a b", "clé", "a\u{7F}", String(repeating: "k", count: 129), "a\nb",
  ]

  @Test(arguments: keys) func `an Idempotency-Key that is none is told`(key: String) throws {
    var request = Request.test(
      "POST", Self.path, #"{"message":"Bonjour"}"#, token: try application.token(for: user))
    request.idempotencyKey = key
    let reply = application.send(request)
    #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == ["/Idempotency-Key pattern"])
  }

  @Test func `a fallback is not kept for its key: the repeat runs afresh`() throws {
    var request = Request.test(
      "POST", Self.path, #"{"message":"Bonjour"}"#, token: try application.token(for: user))
    request.idempotencyKey = String(repeating: "k", count: 128)
    let (first, second) = (application.send(request), application.send(request))
    #expect(first.status == 200 && second.status == 200 && first["message_id"] != second["message_id"])
    #expect(second.field("Idempotent-Replayed") == nil)
  }

  @Test func `a dead worker's request runs once more, a living one's is in progress`() throws {
    let own = try #require(ProcessIdentity.current).text
    var dead = own.split(separator: "/").map(String.init)
    dead[3] += "1"
    for (worker, outcome) in [(own, "409 in_progress"), (dead.joined(separator: "/"), "200"), ("x", "409 in_progress")]
    {
      let key = "key-\(worker.count)"
      var request = Request.test(
        "POST", Self.path, #"{"message":"Bonjour"}"#, token: try application.token(for: user))
      request.idempotencyKey = key
      guard case .complete(let body) = request.body else { return }
      let question = ChatStore.Question(
        user: user.id, session: user.session, conversation: try TestID.make(), isNewConversation: true,
        turn: try TestID.make(milliseconds: 1), id: try TestID.make(), text: "Bonjour", topic: .autre,
        idempotency: ChatStore.Idempotency(key: key, bodyHash: Hex.encode(Digest.sha256(body))), worker: worker)
      _ = try application.services.chats.begin(
        question, limits: application.services.configuration.limits, lapseSeconds: 45)
      try database.clearMinute(of: user)
      let reply = application.send(request)
      #expect(reply.outcome == outcome)
      #expect((reply.field("Retry-After") != nil) == (outcome != "200"))
      try database.clearMinute(of: user)
    }
  }

  @Test func `what is recorded without a turn is recorded once`() throws {
    let services = application.services
    let prompt = Prompt(systemInstruction: "s", turns: [], message: "m", maxOutputTokens: 1)
    let attempts = [
      ProviderAttempt(
        provider: "gemini", model: "m", keyNumber: 1, milliseconds: 5, failure: .keyRejected, raisesAlert: true),
      ProviderAttempt(provider: "gemini", model: "m", keyNumber: 2, milliseconds: 9, failure: .clientGone),
    ]
    let ground = ChatStore.Ground(
      tier: .free, quota: Self.quota, profile: nil, context: nil, summary: nil,
      summarisedUntil: nil, turns: [], turnCount: 0, overBudget: false)
    services.record(attempts, prompt, ground, user: user.id, requestID: "r")
    #expect(
      try database.text("SELECT kind || ' ' || subject || ' ' || count FROM iris.alerts")
        == "key_rejected gemini key 1 1")
    #expect(try database.integer("SELECT count(*) FROM iris.iris_errors") == 1)
    #expect(try database.text("SELECT event_type FROM iris.iris_events") == "provider_key_rejected")
    services.record([attempts[1]], prompt, ground, user: user.id, requestID: "r")
    #expect(try database.integer("SELECT count(*) FROM iris.iris_errors") == 1)
    #expect(try database.integer("SELECT count(*) FROM iris.daily_spend") == 0)
    let priced = ProviderAttempt(
      provider: "gemini", model: "gemini-3.5-flash-lite", keyNumber: 1, milliseconds: 5, failure: .empty)
    services.record([priced], prompt, ground, user: user.id, requestID: "r")
    #expect(try (database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") ?? 0) > 0)
    let row = try services.pseudonyms.row(.chatReplayed(topic: .cv), user: user.id)
    for _ in 1...2 { try services.chats.record(events: JSONBytes([row]).text) }
    #expect(try database.integer("SELECT count(*) FROM iris.iris_events WHERE event_type = 'chat_replayed'") == 1)
  }

  private static let quota = QuotaState(
    dayLimit: 10, dayUsed: 0, dayReserved: 0, minuteLimit: 3, minuteUsed: 0, minuteResetSeconds: 60,
    dayResetSeconds: 60, resetsAt: "2026-11-21T23:00:00Z")
}
