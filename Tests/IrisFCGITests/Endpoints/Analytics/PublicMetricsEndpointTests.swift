import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `GET /api/v1/metrics`.
@Suite(.needsDatabase) struct PublicMetricsEndpointTests {
  let database: TestDatabase
  let application: TestApplication

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
  }

  @Test func `with nothing to tell every member is there, and null`() {
    let reply = application.get("/api/v1/metrics")
    #expect(reply.status == 200 && reply.field("Cache-Control") == "public, max-age=60")
    #expect(
      reply.json.names == [
        "generated_at", "window_days", "daily_requests", "avg_response_time_ms", "user_retention", "tier_conversion",
        "topic_popularity", "satisfaction_score",
      ])
    #expect(reply["window_days"]?.number == 30 && reply["daily_requests"]?.items.count == 30)
    #expect(reply["daily_requests"]?.items.allSatisfy { $0["requests"] == .null } == true)
    #expect(reply["user_retention"] == .object(["d1": .null, "d7": .null, "d30": .null]))
    #expect(reply["topic_popularity"]?.items.count == Topic.allCases.count)
    for name in ["avg_response_time_ms", "tier_conversion", "satisfaction_score"] { #expect(reply[name] == .null) }
  }

  /// So many users who sent a message a moment ago, and have an answer.
  private func write(users: Int) throws {
    let now = try #require(try database.text("SELECT iris.rfc3339(now())"))
    for number in 1...users {
      try EventTable(
        """
        \(now) \(number) chat_request topic=cv tier=free
        \(now) \(number) chat_response topic=cv finish=complete response_time_ms=1234
        """
      ).write(to: database) { "pseudonym-\($0)" }
    }
  }

  @Test(arguments: [4, 5])
  func `over fewer than five nothing is told`(users: Int) throws {
    try write(users: users)
    let reply = application.get("/api/v1/metrics")
    let isTold = users == 5
    #expect(reply["daily_requests"]?.items.last?["requests"] == (isTold ? .number(5) : .null))
    #expect(reply["avg_response_time_ms"] == (isTold ? .number(1_234) : .null))
    #expect(reply["topic_popularity"]?.items.first?["share"] == (isTold ? .number(1) : .null))
    #expect(reply["tier_conversion"] == (isTold ? .number(0) : .null))
    #expect(!String(decoding: reply.response.body, as: UTF8.self).contains("pseudonym"))
  }

  @Test func `HEAD is answered, and nobody's token is asked for`() {
    let reply = application.send(.test("HEAD", "/api/v1/metrics"))
    #expect(reply.status == 200)
    #expect(application.get("/api/v1/metrics", token: "rubbish").status == 200)
  }

  @Test func `without a database it is unavailable, and that is not kept`() throws {
    let away = try TestApplication(["IRIS_DATABASE_URL": "host=/nowhere dbname=x"])
    let reply = away.get("/api/v1/metrics")
    #expect(reply.outcome == "503 unavailable" && reply.field("Retry-After") != nil)
    #expect(reply.field("Cache-Control") == "no-store")
  }
}
