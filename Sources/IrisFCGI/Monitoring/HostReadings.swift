import IrisDomain
import IrisSystem

/// What this host's workers know together, read without touching it.
struct HostReadings {
  private let services: Services
  /// Which file of counters it is.
  private let source: String

  /// - Returns: nil where there is none: no worker has started since the boot, or its folder may not be read.
  init?(_ services: Services) {
    let path = Scoreboard.path(services.configuration.runtimeDirectory)
    guard services.scoreboard.isShared, let file = try? Files.status(of: path).identity else { return nil }
    self.services = services
    source = "\(file.device)/\(file.inode)"
  }

  private var board: Scoreboard { services.scoreboard }

  /// Routes whose answers wait for a model.
  private static let waitForModel: Set<String> = ["/api/v1/chat"]
  /// What monitors ask, and what nobody has: neither says how users fare.
  private static let ofNobody: Set<String> = ["/health", "/health/live", "/metrics", RouteMark.none]

  var traffic: TrafficHistory.Reading {
    var traffic = Traffic()
    for line in board.requests.lines where !Self.ofNobody.contains(line.route) {
      let totals = ServiceTotals(line)
      if Self.waitForModel.contains(line.route) {
        traffic.chat = traffic.chat + totals
      } else {
        traffic.other = traffic.other + totals
      }
    }
    for line in board.pools.lines { traffic.waits[line.pool] = ServiceTotals(line.waits) }
    return TrafficHistory.Reading(
      source: source, at: Clock.monotonicMicroseconds / 1_000_000, traffic: traffic,
      losses: Int(clamping: board.spoolLost.load()))
  }

  var models: Observation.Models {
    let routes = services.routes(withinBudget: true)
    let now = Clock.realtimeMilliseconds
    return Observation.Models(
      routes: routes.count, setAside: routes.count { board.routeHealth.obstacle(to: $0.scopes, at: now) != nil },
      failedChats: Int(clamping: board.modelFailures.load()))
  }

  /// The keys and models that have not worked since somebody had to hear of them, by the subjects of their alerts.
  var troubled: [String] {
    let now = Clock.realtimeMilliseconds
    var subjects: Set<String> = []
    for route in services.routes(withinBudget: true) {
      for (level, family) in [(.key, .key), (.model, .gone)] as [(RouteScopes.Level, SetAsideReason.Family)] {
        let state = board.routeHealth.state(of: route.scopes[level], at: now)
        guard state.failures > 0, state.reason?.family == family else { continue }
        subjects.insert(
          level == .key
            ? Alert.subject(provider: route.provider.name, key: route.keyNumber)
            : Alert.subject(provider: route.provider.name, model: route.model))
      }
    }
    return subjects.sorted()
  }
}

extension ServiceTotals {
  /// What was counted of one route and status.
  fileprivate init(_ line: RequestCounts.Line) {
    self.init(line.times)
    if let status = Int(line.status), status >= 500 { failures = requests }
  }

  fileprivate init(_ times: Histogram) {
    let counts = times.counts.map { Int(clamping: $0) }
    let classes = zip(Histogram.bounds.map { Int($0) }, counts).filter { $0.1 > 0 }
    self.init(
      requests: Int(clamping: times.count), latency: Dictionary(classes, uniquingKeysWith: +),
      longer: counts[Histogram.bounds.count])
  }
}
