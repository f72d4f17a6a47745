import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `GET /api/v1/user/analytics`.
@Suite(.needsDatabase) struct UserAnalyticsTests {
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

  private func get(_ query: String = "", token: String? = nil) -> Reply {
    var request = Request.test("GET", "/api/v1/user/analytics", token: token ?? self.token)
    request.query = query
    return application.send(request)
  }

  /// Local days from today on, backwards.
  private func day(_ ago: Int) throws -> String {
    try database.text("SELECT ((now() AT TIME ZONE 'Europe/Paris')::date - $1::integer)::text", [String(ago)]) ?? ""
  }

  private func rollUp() throws {
    let store = RollUpStore(database: application.services.database, timeZone: "Europe/Paris")
    for _ in 1...3 { while try store.step(slackSeconds: 0).isMore {} }
  }

  /// Two days of the user `u` (pseudonyms of two keys: the events of `v` are from before a rotation) and of a stranger.
  private func write() throws {
    let (one, ten) = (try day(1), try day(10))
    let pseudonyms = application.services.pseudonyms
    let stranger = try TestID.make()
    try EventTable(
      """
      \(ten)T10:00:00Z v chat_request topic=lettre tier=free session=s1
      \(ten)T10:00:01Z v chat_response topic=lettre finish=complete response_time_ms=1000 tokens_in=100 tokens_out=11 session=s1
      \(ten)T10:05:00Z v feedback rating=2
      \(one)T10:00:00Z u chat_request topic=cv tier=free session=s2
      \(one)T10:00:01Z u chat_response topic=cv finish=complete response_time_ms=1001 tokens_in=200 tokens_out=22 session=s2
      \(one)T10:01:00Z u chat_request topic=cv tier=free session=s2
      \(one)T10:01:01Z u chat_response topic=cv finish=truncated response_time_ms=2001 tokens_in=300 tokens_out=33 session=s2
      \(one)T10:02:00Z u chat_request topic=lettre tier=free session=s3
      \(one)T10:02:01Z u chat_fallback topic=lettre session=s3
      \(one)T10:05:00Z u feedback rating=5 previous=2 previous_at=\(ten)T10:05:00Z
      \(one)T10:05:00Z u feedback rating=4
      \(one)T10:00:00Z x chat_request topic=entretien tier=free session=s4
      \(one)T10:00:01Z x chat_response topic=entretien finish=complete response_time_ms=9 tokens_in=9000 tokens_out=9000 session=s4
      """
    ).write(to: database) { letter in
      switch letter {
      case "u": pseudonyms.users(user.id)[0]
      case "v": pseudonyms.users(user.id)[1]
      default: pseudonyms.user(stranger)
      }
    }
  }

  @Test func `figures are the user's own, rolled up or not, from before a rotation of the key, too`() throws {
    let application = try TestApplication(
      ["IRIS_ANONYMISATION_KEY": "\(Sample.otherKey),\(Sample.key)"], database: database)
    let suite = UserAnalyticsTests(database, application, user, try application.token(for: user))
    try suite.write()
    for isRolledUp in [false, true] {
      if isRolledUp { try suite.rollUp() }
      let reply = suite.get("days=30")
      #expect(reply.status == 200)
      let (first, last) = (try day(29), try day(0))
      #expect(reply["days"]?.number == 30 && reply["from"]?.text == first && reply["to"]?.text == last)
      #expect(reply["messages"]?.number == 4 && reply["sessions"]?.number == 3)
      #expect(reply["tokens"]?["in"]?.number == 600 && reply["tokens"]?["out"]?.number == 66)
      // (1000 + 1001 + 2001) / 3
      #expect(reply["avg_response_time_ms"]?.number == 1_334)
      let days = reply["by_day"]?.items ?? []
      #expect(days.count == 30)
      let active = try [day(10), day(1)]
      let told = days.filter { $0["messages"]?.number != 0 }
      #expect(told.map { $0["date"]?.text } == active)
      #expect(told.map { $0["messages"]?.number } == [1, 3])
      #expect(told.map { $0["avg_response_time_ms"]?.number } == [1_000, 1_501])
      #expect(days.last?["avg_response_time_ms"] == .null)
      let topics = reply["topics"]?.items.map { "\($0["id"]?.text ?? "") \($0["messages"]?.number ?? 0)" }
      #expect(topics == ["cv 2.0", "lettre 2.0"])
      // 5 in the place of 2, and 4.
      #expect(reply["satisfaction"]?["average"]?.number == 4.5 && reply["satisfaction"]?["count"]?.number == 2)
      // Before the window is not in it.
      #expect(suite.get("days=9")["messages"]?.number == 3)
    }
  }

  private init(_ database: TestDatabase, _ application: TestApplication, _ user: TestUser, _ token: String) {
    (self.database, self.application, self.user, self.token) = (database, application, user, token)
  }

  @Test func `who did nothing gets zeros, every day, and the quota`() throws {
    let reply = get()
    #expect(reply.status == 200 && reply.field("Cache-Control") == "no-store")
    #expect(reply["messages"]?.number == 0 && reply["by_day"]?.items.count == 30)
    #expect(reply["avg_response_time_ms"] == .null && reply["topics"]?.items == [])
    #expect(reply["satisfaction"] == .object(["average": .null, "count": .number(0)]))
    #expect(reply["quota"]?["daily_limit"]?.number == 10 && reply["quota"]?["daily_used"]?.number == 0)
    #expect(
      reply.json.names == [
        "days", "from", "to", "messages", "sessions", "tokens", "avg_response_time_ms", "by_day", "topics",
        "satisfaction",
        "quota",
      ])
  }

  @Test func `the quota is that of the effective tier, as chats count it`() throws {
    try database.execute(
      """
      INSERT INTO iris.user_daily_usage (user_id, date, message_count, tier_at_time)
      VALUES ($1::uuid, (now() AT TIME ZONE 'Europe/Paris')::date, 3, 'free'),
        ($1::uuid, (now() AT TIME ZONE 'Europe/Paris')::date - 1, 7, 'free')
      """, [user.id])
    let midnight = try database.text(
      "SELECT iris.rfc3339(iris.end_of_day((now() AT TIME ZONE 'Europe/Paris')::date, 'Europe/Paris'))")
    #expect(get()["quota"]?["daily_used"]?.number == 3 && get()["quota"]?["resets_at"]?.text == midnight)
    try database.execute("UPDATE iris.accounts SET beta_until = now() + interval '2 days'")
    #expect(get()["quota"]?["daily_limit"] == .null)
  }

  @Test(arguments: ["0", "366", "-1", "1.5", "x", "+5", "9999999999999999999999", "30&days=30"])
  func `days are 1 to 365`(days: String) {
    let reply = get("days=\(days)")
    #expect(reply.outcome == "422 validation_failed")
    #expect(reply.fieldErrors == [days.contains("&") ? "/days duplicate" : "/days range"])
  }

  @Test(arguments: [1, 365])
  func `of the days asked for each is there`(days: Int) throws {
    let (reply, first) = (get("days=\(days)"), try day(days - 1))
    #expect(reply["by_day"]?.items.count == days && reply["from"]?.text == first)
  }

  @Test func `session and account come first`() throws {
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    #expect(get("days=0").outcome == "403 account_disabled")
    try database.execute("UPDATE iris.sessions SET revoked_at = now()")
    #expect(get("days=0").outcome == "401 session_revoked")
    #expect(application.get("/api/v1/user/analytics").outcome == "401 missing_token")
  }

  @Test func `without a database it is unavailable`() throws {
    let away = try TestApplication(["IRIS_DATABASE_URL": "host=/nowhere dbname=x"])
    let reply = away.send(.test("GET", "/api/v1/user/analytics", token: try away.token(for: user)))
    #expect(reply.outcome == "503 unavailable" && reply.field("Retry-After") != nil)
  }
}
