import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `POST /api/v1/chat` where no database answers: what this host knows decides, and the spool keeps.
struct DegradedChatTests {
  private let folder: TemporaryFolder
  private let path = "/api/v1/chat"
  private let body = #"{"message":"Comment améliorer mon CV ?"}"#
  private static let user = "018f0000-0000-7000-8000-000000000001"

  init() throws { folder = try TemporaryFolder() }

  private func services(_ variables: [String: String] = [:], scoreboard: Bool = true) throws -> Services {
    var all = TestApplication.variables
    all["IRIS_DATABASE_URL"] = "host=/nonexistent dbname=x"
    all["IRIS_STATE_DIR"] = folder.path
    all.merge(variables) { $1 }
    return try Services(
      configuration: try Sample.load(all),
      scoreboard: Scoreboard(directory: scoreboard ? folder.path : "/nonexistent"))
  }

  private func ask(_ services: Services, tier: Tier = .free, key: String? = nil, _ body: String? = nil) throws -> Reply
  {
    let token = try services.tokens.issue(account: Self.user, session: Self.user, tier: tier, now: Call.now)
    var request = Request.test("POST", path, body ?? self.body, token: token)
    request.idempotencyKey = key
    return Reply(Router(services: services).handle(request).response)
  }

  @Test func `it is answered, says so, and waits in the spool`() throws {
    let services = try services()
    let reply = try ask(services)
    #expect(reply.status == 200 && reply["degraded"] == .bool(true) && reply["finish"]?.text == "fallback")
    #expect(reply["usage"]?["daily_used"]?.number == 0 && reply["usage"]?["daily_limit"]?.number == 10)
    #expect(reply.field("RateLimit-Policy") == #""minute";q=3;w=60, "day";q=10;w=86400"#)
    // The minute's moments are kept to a tenth of a second, rounded so that nobody passes early.
    let standing = try #require(reply.field("RateLimit"))
    #expect(standing.firstMatch(of: /^"minute";r=2;t=6[01], "day";r=10;t=[0-9]+$/) != nil, "\(standing)")
    #expect(services.spool.depth().records == 1)
  }

  @Test func `the token's tier decides`() throws {
    let services = try services()
    let outcomes = try (0..<4).map { _ in try ask(services).outcome }
    #expect(outcomes == ["200", "200", "200", "429 rate_limited"])
    #expect(try ask(services, tier: .premium).status == 200)
  }

  @Test func `without shared counts nobody who has limits is let through`() throws {
    #expect(try ask(try services(scoreboard: false)).outcome == "503 unavailable")
    let limits = "free=none/day,none/minute,none/letters;premium=none/day,none/minute,none/letters"
    #expect(try ask(try services(["IRIS_LIMITS": limits], scoreboard: false)).status == 200)
  }

  @Test func `a database whose schema does not fit is an operator's business, and nothing takes its place`() throws {
    let services = try services()
    services.scoreboard.databaseBreaker.failed(at: Clock.monotonicMicroseconds, isMisfit: true)
    #expect(try ask(services).outcome == "503 unavailable" && services.spool.depth().records == 0)
    services.scoreboard.databaseBreaker.failed(at: Clock.monotonicMicroseconds)
    #expect(try ask(services).status == 200)
  }

  @Test func `a spool that cannot be written keeps nobody from an answer, and the loss is counted`() throws {
    let services = try services(["IRIS_STATE_DIR": "/nonexistent"])
    #expect(try ask(services).status == 200 && services.scoreboard.spoolLost.load() == 1)
  }

  @Test func `a fallback frees its key`() throws {
    let services = try services()
    #expect(try (0..<2).map { _ in try ask(services, key: "k").outcome } == ["200", "200"])
  }

  @Test func `health is degraded while the spool can be written, and down when it cannot`() throws {
    let well = Reply(Router(services: try services()).handle(.test("GET", "/health")).response)
    #expect(well.status == 200 && well["status"]?.text == "degraded" && well["checks"]?["database"]?.text == "down")
    let state = ["IRIS_STATE_DIR": "/nonexistent"]
    let down = Reply(Router(services: try services(state)).handle(.test("GET", "/health")).response)
    #expect(down.status == 503 && down["status"]?.text == "down")
  }
}
