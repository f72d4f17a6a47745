/// What a host's counters said in the last minutes and days, told apart from the counters themselves, which begin anew
/// with every boot.
package struct TrafficHistory: Codable, Equatable, Sendable {
  /// One look at the counters.
  package struct Reading: Codable, Equatable, Sendable {
    /// Which counters they are: another word after they were made anew.
    package var source: String
    /// Seconds of the monotonic clock, which goes back with a boot only.
    package var at: Int64
    package var traffic: Traffic
    /// Records that the spool could not take.
    package var losses: Int

    package init(source: String, at: Int64, traffic: Traffic, losses: Int = 0) {
      self.source = source
      self.at = at
      self.traffic = traffic
      self.losses = losses
    }
  }

  /// Records that the spool lost, and when that was last seen.
  package struct Losses: Codable, Equatable, Sendable {
    package var count: Int
    /// Unix seconds.
    package var at: Int64
  }

  /// What happened between two looks.
  struct Step: Codable, Equatable, Sendable {
    var from: Int64
    var to: Int64
    var traffic: Traffic
  }

  /// Five minutes, and half of one for a timer that is late.
  package static let windowSeconds: Int64 = 330
  /// Days that wait for the database, at most: a year without one is somebody's decision.
  static let longestWait = 366

  private var last: Reading?
  private var steps: [Step] = []
  /// By day, `2026-11-21`: those of the present month, and those that the database does not have yet.
  package private(set) var days: [String: Traffic] = [:]
  /// Days that changed since they were stored.
  package private(set) var unstored: Set<String> = []
  package private(set) var losses: Losses?

  package init() {}

  /// Takes in what the counters say. The first reading tells nothing: nobody knows since when they have counted.
  /// - Parameters:
  ///   - day: the present one, to which all since the last look is added.
  ///   - now: Unix seconds.
  package mutating func record(_ reading: Reading, day: String, now: Int64) {
    defer { last = reading }
    guard let last else { return }
    if reading.at < last.at { steps = [] }
    let isSame = reading.source == last.source && reading.at >= last.at
    let added = isSame ? reading.traffic.since(last.traffic) : nil
    let step = added ?? reading.traffic
    steps.append(Step(from: min(last.at, reading.at), to: reading.at, traffic: step))
    steps.removeAll { $0.from < reading.at - Self.windowSeconds }
    let lost = added != nil && reading.losses >= last.losses ? reading.losses - last.losses : reading.losses
    if lost > 0 { losses = Losses(count: (losses?.count ?? 0) + lost, at: now) }
    guard step.all.requests > 0 else { return }
    days[day] = (days[day] ?? Traffic()) + step
    unstored.insert(day)
    if unstored.count > Self.longestWait, let oldest = unstored.min() { unstored.remove(oldest) }
  }

  /// What happened in the last five minutes; nil: nobody looked then.
  package func window(at now: Int64) -> Traffic? {
    let recent = steps.filter { $0.from >= now - Self.windowSeconds && $0.to <= now }
    return recent.isEmpty ? nil : recent.reduce(Traffic()) { $0 + $1.traffic }
  }

  /// What happened in a month, `2026-11`.
  package func total(month: String) -> ServiceTotals {
    days.filter { $0.key.hasPrefix(month) }.reduce(ServiceTotals()) { $0 + $1.value.all }
  }

  /// The database has these days as they are now. Those of other months than this one are needed no more.
  package mutating func stored(_ done: some Sequence<String>, month: String) {
    unstored.subtract(done)
    days = days.filter { $0.key.hasPrefix(month) || unstored.contains($0.key) }
  }

  /// What the spool lost is told, and counted from 0 again.
  package mutating func forgetLosses() { losses = nil }
}
