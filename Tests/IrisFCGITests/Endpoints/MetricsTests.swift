import Testing

@testable import IrisFCGI

/// `GET /metrics` and what `/health` says of the models, without a database.
struct MetricsTests {
  private static let variables = ["IRIS_GEMINI_API_KEYS": "a,b", "IRIS_GEMINI_MODELS": "m1,m2"]

  private static func lines(_ application: TestApplication) -> [String] {
    String(decoding: application.get("/metrics").response.body, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func `everything is there before anything happened`() throws {
    let lines = try Self.lines(TestApplication(Self.variables))
    for line in [
      "# TYPE iris_cache_lookups_total counter", #"iris_cache_lookups_total{result="hit"} 0"#,
      #"iris_provider_calls_total{provider="gemini",model="m2",outcome="rate_limited"} 0"#,
      #"iris_provider_set_aside{provider="gemini",model="m1",key="2"} 0"#, "iris_token_estimate_ratio 1.0",
    ] { #expect(lines.contains(line), "\(line)") }
    // Two models, ten outcomes each, however many keys.
    #expect(lines.count { $0.hasPrefix("iris_provider_calls_total{") } == 20)
  }

  @Test func `hits, misses, calls and pauses are counted`() throws {
    let application = try TestApplication(Self.variables)
    let scoreboard = application.services.scoreboard
    for _ in 0..<3 { _ = scoreboard.cacheLookups.increment() }
    _ = scoreboard.cacheHits.increment()
    let routes = application.services.routes(withinBudget: true)
    scoreboard.providerCalls.count(.timeout, for: routes[0].calls)
    Self.fail(routes[0], of: application, .rateLimited(retryAfterMilliseconds: nil, perDay: false))
    let lines = Self.lines(application)
    for line in [
      #"iris_cache_lookups_total{result="hit"} 1"#, #"iris_cache_lookups_total{result="miss"} 2"#,
      #"iris_provider_calls_total{provider="gemini",model="m1",outcome="timeout"} 1"#,
      #"iris_provider_set_aside{provider="gemini",model="m1",key="1"} 1"#,
      #"iris_provider_set_aside{provider="gemini",model="m1",key="2"} 0"#,
    ] { #expect(lines.contains(line), "\(line)") }
  }

  @Test func `no line holds a key`() throws {
    let application = try TestApplication(["IRIS_GEMINI_API_KEYS": "planted-key-1,planted-key-2"])
    #expect(!Self.lines(application).joined().contains("planted"))
  }

  @Test func `health fails the models when every way to them is set aside`() throws {
    let application = try TestApplication(Self.variables)
    func gemini() -> String? { application.get("/health")["checks"]?["gemini"]?.text }
    let routes = application.services.routes(withinBudget: true)
    Self.fail(routes[0], of: application, .keyRejected)
    #expect(gemini() == "ok")
    Self.fail(routes[1], of: application, .keyRejected)
    #expect(gemini() == "failing")
  }

  private static func fail(_ route: ModelRoute, of application: TestApplication, _ failure: ProviderFailure) {
    let health = application.services.scoreboard.routeHealth
    let now = ChainSurroundings.host.wallClock()
    guard case .granted(let permit) = health.admit(route.scopes, at: now, longest: 1_000),
      let rule = SetAsideRule(failure)
    else {
      Issue.record("not admitted")
      return
    }
    _ = health.failed(permit, rule, at: now)
  }

  @Test func `labels are escaped as Prometheus reads them`() {
    var page = MetricsPage()
    page.begin("x", .gauge, "Help.")
    page.sample(["a": "q\"b\\c\nd\r\né"], "1")
    #expect(page.text == "# HELP x Help.\n# TYPE x gauge\nx{a=\"q\\\"b\\\\c\\nd\r\\né\"} 1\n")
  }

  @Test func `a histogram is cumulated, in seconds`() {
    var page = MetricsPage()
    page.begin("x_seconds", .histogram, "Help.")
    var times = Histogram()
    (times.counts[0], times.counts[1], times.counts[15], times.sum) = (2, 3, 1, 61_002_500)
    page.sample(["a": "b"], times)
    let lines = page.text.split(separator: "\n").dropFirst(2)
    #expect(lines.first == #"x_seconds_bucket{a="b",le="0.001"} 2"#)
    #expect(lines.dropFirst().first == #"x_seconds_bucket{a="b",le="0.0025"} 5"#)
    #expect(
      lines.suffix(4) == [
        #"x_seconds_bucket{a="b",le="60"} 5"#, #"x_seconds_bucket{a="b",le="+Inf"} 6"#,
        #"x_seconds_sum{a="b"} 61.0025"#, #"x_seconds_count{a="b"} 6"#,
      ])
  }

  @Test(arguments: [(0, "0"), (1, "0.000001"), (1_500_000, "1.5"), (10_000_000, "10"), (20_000_001, "20.000001")])
  func `millionths are written exactly`(value: UInt64, text: String) {
    #expect(MetricsPage.millionths(value) == text)
  }

  @Test func `every metric is described once, and no sample stands twice`() throws {
    let application = try TestApplication(Self.variables)
    let board = application.services.scoreboard
    board.requests.count(route: "/health", status: 200, microseconds: 1)
    board.enter(PoolCounts.Pool("other"))
    board.pools.waited(milliseconds: 1, in: PoolCounts.Pool("chat"))
    let lines = Self.lines(application)
    let named = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
    #expect(Set(named).count == named.count && named.allSatisfy { $0.hasPrefix("iris_") })
    #expect(lines.count { $0.hasPrefix("# HELP ") } == named.count)
    let samples = lines.filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ").dropLast() }
    #expect(Set(samples).count == samples.count)
    #expect(lines.contains(#"iris_workers{pool="other",state="starting"} 1"#))
  }
}
