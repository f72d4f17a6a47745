import IrisSystem

/// Whether each pool has workers enough: requests a second times seconds a request are the workers that are busy at once.
/// Read from the scoreboard twice, some time apart.
struct PoolChecks {
  static let name = "pools"
  /// Between the two looks at least.
  private static let leastMicroseconds: Int64 = 500_000

  /// What the scoreboard tells at a moment.
  struct Reading: Equatable, Sendable {
    struct Pool: Equatable, Sendable {
      var workers = 0
      var busy = 0
      /// Requests since the boot, and how long they waited for a worker.
      var waits = Histogram()
      /// How long its workers' answers took.
      var times = Histogram()
    }

    /// Microseconds of the monotonic clock.
    var at: Int64
    var pools: [String: Pool] = [:]
  }

  let directory: String
  /// How many workers of each pool are enabled; 0: unknown.
  let enabled: (String) -> Int

  /// The first look; nil without a scoreboard.
  func look() -> Reading? {
    guard let board = try? Scoreboard(existingIn: directory) else { return nil }
    let now = Clock.monotonicMicroseconds
    var reading = Reading(at: now)
    for worker in board.workers.living(at: now) {
      reading.pools[worker.pool, default: Reading.Pool()].workers += 1
      if worker.state == .busy { reading.pools[worker.pool]?.busy += 1 }
    }
    for line in board.pools.lines {
      reading.pools[line.pool, default: Reading.Pool()].waits += line.waits
      reading.pools[line.pool, default: Reading.Pool()].times += line.times
    }
    return reading
  }

  /// Waits until the looks are far enough apart.
  func findings(since first: Reading?) -> [Finding] {
    guard let first else {
      return [.skipped(Self.name, "there is no scoreboard in \(directory), so no worker has started since the boot")]
    }
    Clock.sleep(microseconds: first.at + Self.leastMicroseconds - Clock.monotonicMicroseconds)
    guard let second = look() else { return [.skipped(Self.name, "the scoreboard has gone")] }
    return Self.findings(first, second, enabled: enabled)
  }

  static func findings(_ first: Reading, _ second: Reading, enabled: (String) -> Int) -> [Finding] {
    let names = PoolRequest.pools.filter { enabled($0) > 0 || second.pools[$0]?.workers ?? 0 > 0 }
    guard !names.isEmpty else {
      return [.failed(name, "no worker lives", advice: "systemctl start iris.target, then journalctl -u 'iris-*'")]
    }
    return names.map { pool in
      judge(
        pool, first.pools[pool] ?? Reading.Pool(), second.pools[pool] ?? Reading.Pool(),
        seconds: Double(second.at - first.at) / 1_000_000, enabled: enabled(pool))
    }
  }

  private static func judge(
    _ pool: String, _ first: Reading.Pool, _ second: Reading.Pool, seconds: Double, enabled: Int
  ) -> Finding {
    let name = "pool \(pool)"
    guard second.workers > 0 else {
      return .failed(
        name, "none of \(enabled) workers lives", advice: "journalctl -u 'iris-\(pool)@*' says why they end")
    }
    let load = load(first, second, seconds: seconds)
    let words =
      "\(hundredths(load.rate)) requests/s × \(hundredths(load.mean)) s = \(hundredths(load.busy)) busy of "
      + "\(second.workers) workers"
    let advice = "iris-fcgi pool \(pool) \(max(second.workers + 1, Int((load.busy * 1.5).rounded(.up))))"
    if load.busy >= 0.9 * Double(second.workers) { return .failed(name, "\(words): others wait", advice: advice) }
    if load.busy >= 0.7 * Double(second.workers) {
      return .warning(name, "\(words): hardly any to spare", advice: advice)
    }
    let late = late(second.waits)
    if late.share >= 0.05 {
      return .warning(
        name, "\(late.words) since the boot; now \(words)", advice: "\(advice), where that goes on")
    }
    if second.workers < enabled {
      return .warning(
        name, "\(second.workers) of \(enabled) workers live", advice: "journalctl -u 'iris-\(pool)@*' says why")
    }
    return .ok(name, words)
  }

  /// The present's rate, with the mean of the present where there is enough of it, else of all.
  private static func load(
    _ first: Reading.Pool, _ second: Reading.Pool, seconds: Double
  ) -> (rate: Double, mean: Double, busy: Double) {
    let count = Double(second.times.count &- min(first.times.count, second.times.count))
    let sum = Double(second.times.sum &- min(first.times.sum, second.times.sum)) / 1_000_000
    let all = Double(second.times.count)
    let mean = count >= 10 ? sum / count : all > 0 ? Double(second.times.sum) / 1_000_000 / all : 0
    let rate = seconds > 0 ? count / seconds : 0
    // Long requests that have not ended yet count in nothing but the workers that they hold, at both looks.
    return (rate, mean, max(rate * mean, Double(min(first.busy, second.busy))))
  }

  /// Requests that waited longer than 0.1 s for a worker; few requests say nothing.
  private static func late(_ waits: Histogram) -> (share: Double, words: String) {
    guard waits.count >= 100, let bound = Histogram.bounds.firstIndex(of: 100_000) else { return (0, "") }
    let late = waits.counts[(bound + 1)...].reduce(0, +)
    return (Double(late) / Double(waits.count), "\(late) of \(waits.count) requests waited over 0.1 s for a worker")
  }

  private static func hundredths(_ number: Double) -> String {
    let hundredths = Int(clamping: Int64(min(number, 1e12) * 100))
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
