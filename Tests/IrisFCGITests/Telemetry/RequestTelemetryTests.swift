import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What of a request is counted, and where.
struct RequestTelemetryTests {
  private static let pool = PoolCounts.Pool("chat")

  private static func count(
    _ method: String, _ path: String, in application: TestApplication, queue: Int? = nil
  ) -> String? {
    let board = application.services.scoreboard
    var request = Request.test(method, path)
    request.queueMilliseconds = queue
    let handled = Router(services: application.services).handle(request)
    board.count(request, handled, since: Clock.monotonicMicroseconds, in: pool)
    return board.requests.lines.last.map { "\($0.route) \($0.status) \($0.times.count)" }
  }

  static let requests = [
    ("GET", "/health/live", "/health/live 200 1"), ("PUT", "/health/live", "/health/live 405 1"),
    ("GET", "/nowhere", "none 404 1"), ("POST", "/api/v1/chat", "/api/v1/chat 401 1"),
    ("GET", "/api/v1/chat/sessions/x", "/api/v1/chat/sessions/{id} 401 1"),
    ("POST", "/api/v1/chat/sessions/x", "/api/v1/chat/sessions/{id} 405 1"),
  ]

  @Test(arguments: requests)
  func `a request is counted under its route`(method: String, path: String, expected: String) throws {
    #expect(try Self.count(method, path, in: TestApplication()) == expected)
  }

  @Test func `a request that waited too long has its route all the same`() throws {
    #expect(try Self.count("GET", "/health/live", in: TestApplication(), queue: 600_000) == "/health/live 503 1")
  }

  @Test func `the wait in the queue is counted where the front end tells it`() throws {
    let application = try TestApplication()
    _ = Self.count("GET", "/health/live", in: application)
    _ = Self.count("GET", "/health/live", in: application, queue: 40)
    let line = try #require(application.services.scoreboard.pools.lines.first)
    #expect((line.pool, line.waits.count, line.waits.sum) == ("chat", 1, 40_000))
  }

  static let refusals: [(Int, String?, [UInt64])] = [
    (429, "daily_quota_exceeded", [1, 0, 0]), (429, "rate_limited", [0, 1, 0]),
    (429, "letter_quota_exceeded", [0, 0, 1]), (429, "login_throttled", [0, 0, 0]), (429, nil, [0, 0, 0]),
    (200, "rate_limited", [0, 0, 0]),
  ]

  @Test(arguments: refusals)
  func `a refusal is counted by its limit`(status: Int, code: String?, expected: [UInt64]) throws {
    let board = Scoreboard.local
    var response = Response(status: status)
    response.code = code
    board.count(.test("POST", "/api/v1/chat"), Router.Handled(response: response), since: 0, in: Self.pool)
    #expect([board.dayRefusals, board.minuteRefusals, board.letterRefusals].map { $0.load() } == expected)
  }

  @Test func `tokens are counted by model, but none that cannot be`() {
    let calls = Scoreboard.local.providerCalls
    let model = ProviderCalls.identity(provider: "gemini", model: "m")
    calls.count(TokenUsage(prompt: 100, cached: 40, candidates: 7, thoughts: 3, total: 110), for: model)
    calls.count(TokenUsage(prompt: 5, cached: nil, candidates: nil, thoughts: nil, total: nil), for: model)
    calls.count(TokenUsage(prompt: -1, cached: nil, candidates: .max, thoughts: 0, total: nil), for: model)
    calls.count(.unknown, for: model)
    calls.count(.timeout, for: model)
    let expected = ProviderCalls.Counts(calls: [.timeout: 1], tokens: ProviderCalls.Tokens(input: 105, output: 10))
    #expect(calls.counts(provider: "gemini", model: "m") == expected)
    #expect(calls.counts(provider: "gemini", model: "n") == ProviderCalls.Counts())
  }

  @Test func `calls of more models than there is room for are counted together`() {
    let calls = Scoreboard.local.providerCalls
    for number in 0..<100 { calls.count(.ok, for: ProviderCalls.identity(provider: "p", model: "\(number)")) }
    let known = (0..<100).reduce(0) { $0 + (calls.counts(provider: "p", model: "\($1)").calls[.ok] ?? 0) }
    #expect(known < 64 && known + (calls.others.calls[.ok] ?? 0) == 100)
  }
}
