import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What is told of requests that settle no turn: bounded, and after the answer.
@Suite(.needsDatabase) struct TellingTests {
  private let database: TestDatabase
  private let application: TestApplication
  private let user: TestUser

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
  }

  private func send(_ request: Request) -> Reply {
    let reply = application.send(request)
    application.services.runChores(isBusy: { false })
    return reply
  }

  private func chat(_ user: TestUser) throws -> Reply {
    send(.test("POST", "/api/v1/chat", #"{"message":"Bonjour"}"#, token: try application.token(for: user)))
  }

  private func events(_ type: String) throws -> [String?] {
    try database.column(
      "SELECT user_id || ' ' || metadata FROM iris.iris_events WHERE event_type = $1 ORDER BY timestamp", [type])
  }

  private func errors() throws -> [String?] {
    try database.column(
      """
      SELECT concat_ws('|', error_type, error_message, user_id, context->>'reason', context->>'route', context->>'count',
        context->>'request_id') FROM iris.iris_errors ORDER BY timestamp
      """)
  }

  private static let requestID = "0123456789abcdef0123456789abcdef"

  private func useUpDay(of user: TestUser) throws {
    try database.execute(
      """
      INSERT INTO iris.user_daily_usage (user_id, date, message_count, tier_at_time)
      VALUES ($1::uuid, (now() AT TIME ZONE 'Europe/Paris')::date, 10, 'free')
      """, [user.id])
  }

  @Test func `a thousand refused chats leave one event, and cost no statement more`() throws {
    try useUpDay(of: user)
    var calls: [Int] = []
    for _ in 1...1_000 {
      #expect(try chat(user).outcome == "429 daily_quota_exceeded")
      calls.append(application.services.database.roundTrips)
    }
    // The first says it after its answer.
    #expect(calls.first == 2 && calls.dropFirst().allSatisfy { $0 == 1 })
    let pseudonym = try #require(application.services.pseudonyms.user(user.id))
    #expect(try events("quota_reached") == [#"\#(pseudonym) {"tier": "free", "limit": "day"}"#])
    #expect(try events("rate_limited") == [])
  }

  @Test func `each user's refusals are told, by the limit that refused`() throws {
    let other = try TestUser(database)
    try useUpDay(of: other)
    for _ in 1...3 { #expect(try chat(user).status == 200) }
    for _ in 1...5 {
      #expect(try chat(user).outcome == "429 rate_limited")
      #expect(try chat(other).outcome == "429 daily_quota_exceeded")
    }
    let pseudonyms = application.services.pseudonyms
    let (mine, others) = (try #require(pseudonyms.user(user.id)), try #require(pseudonyms.user(other.id)))
    #expect(try events("rate_limited") == ["\(mine) {\"tier\": \"free\"}"])
    #expect(try events("quota_reached") == ["\(others) {\"tier\": \"free\", \"limit\": \"day\"}"])
  }

  @Test func `refused tokens are counted, not written one by one`() throws {
    let forged = try application.token(for: user).dropLast(4) + "AAAA"
    for _ in 1...100 {
      #expect(send(.test("GET", "/api/v1/user/me", token: String(forged))).outcome == "401 invalid_token")
      #expect(send(.test("GET", "/api/v1/chat/sessions", token: "x")).outcome == "401 invalid_token")
    }
    #expect(send(.test("GET", "/api/v1/user/me")).outcome == "401 missing_token")
    let refused = "authentication_failure|a token was refused"
    #expect(
      try errors() == [
        "\(refused)|rejected_token|1|\(Self.requestID)", "\(refused)|malformed_token|1|\(Self.requestID)",
      ])
  }

  @Test func `a token that expired is no error`() throws {
    let old = try application.services.tokens.issue(
      account: user.id, session: user.session, tier: .free, now: Call.now - 10_000)
    #expect(send(.test("GET", "/api/v1/user/me", token: old)).outcome == "401 expired_token")
    #expect(try errors() == [])
  }

  @Test func `a statement that PostgreSQL refuses is told once with its route, never with its words`() throws {
    try database.execute("ALTER TABLE iris.user_contexts RENAME TO elsewhere")
    let token = try application.token(for: user)
    for _ in 1...5 {
      #expect(send(.test("GET", "/api/v1/user/context/cv", token: token)).outcome == "500 internal_error")
    }
    #expect(
      try errors() == [
        "processing_failure|PostgreSQL refused a statement|sqlstate_42P01|/api/v1/user/context/{app}|1|\(Self.requestID)"
      ])
  }

  @Test func `an error has the time of its id`() throws {
    _ = send(.test("GET", "/api/v1/user/me", token: "x"))
    #expect(try database.text("SELECT timestamp = iris.uuid_v7_time(id) FROM iris.iris_errors") == "t")
  }

  @Test func `a login tells the address by the hash of the day`() throws {
    var request = Request.test(
      "POST", "/api/v1/auth/login", #"{"email":"a@example.org","password":"une phrase longue"}"#)
    request.remoteAddress = "192.0.2.7"
    #expect(send(request).outcome == "401 invalid_credentials")
    let client = try #require(application.services.addresses.hash("192.0.2.7"))
    let metadata = try database.text("SELECT metadata::text FROM iris.iris_events WHERE event_type = 'login'")
    #expect(metadata == #"{"client": "\#(client)", "outcome": "failed"}"#)
  }
}
