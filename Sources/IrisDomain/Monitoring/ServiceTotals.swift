/// What became of requests: how many there were, how many failed, how long they took.
package struct ServiceTotals: Codable, Equatable, Sendable {
  package var requests = 0
  /// Answered with a status of 500 or more.
  package var failures = 0
  /// Requests by the upper bound of their time in microseconds, each in one class only.
  package var latency: [Int: Int] = [:]
  /// Requests that took longer than every bound.
  package var longer = 0

  package init(requests: Int = 0, failures: Int = 0, latency: [Int: Int] = [:], longer: Int = 0) {
    self.requests = requests
    self.failures = failures
    self.latency = latency
    self.longer = longer
  }

  /// How many took longer than so many microseconds. Exact where that is a bound; else those in its class count as longer.
  package func slower(than microseconds: Int) -> Int {
    latency.reduce(longer) { $0 + ($1.key > microseconds ? $1.value : 0) }
  }

  package static func + (left: ServiceTotals, right: ServiceTotals) -> ServiceTotals {
    ServiceTotals(
      requests: left.requests + right.requests, failures: left.failures + right.failures,
      latency: left.latency.merging(right.latency, uniquingKeysWith: +), longer: left.longer + right.longer)
  }

  /// What was added since an earlier reading of the same counters; nil: one of them went back, so they are others.
  func since(_ earlier: ServiceTotals) -> ServiceTotals? {
    var added = self
    added.requests -= earlier.requests
    added.failures -= earlier.failures
    added.longer -= earlier.longer
    for (bound, count) in earlier.latency where count != 0 { added.latency[bound, default: 0] -= count }
    let counts = [added.requests, added.failures, added.longer] + added.latency.values
    return counts.contains { $0 < 0 } ? nil : added
  }
}

/// The requests of a host, those that wait for a model apart from the others.
package struct Traffic: Codable, Equatable, Sendable {
  package var chat = ServiceTotals()
  package var other = ServiceTotals()
  /// The same requests by their pools, with the time that they waited for a worker.
  package var waits: [String: ServiceTotals] = [:]

  package init(
    chat: ServiceTotals = ServiceTotals(), other: ServiceTotals = ServiceTotals(), waits: [String: ServiceTotals] = [:]
  ) {
    self.chat = chat
    self.other = other
    self.waits = waits
  }

  package var all: ServiceTotals { chat + other }

  package static func + (left: Traffic, right: Traffic) -> Traffic {
    Traffic(
      chat: left.chat + right.chat, other: left.other + right.other,
      waits: left.waits.merging(right.waits, uniquingKeysWith: +))
  }

  func since(_ earlier: Traffic) -> Traffic? {
    guard let chat = chat.since(earlier.chat), let other = other.since(earlier.other) else { return nil }
    var added = Traffic(chat: chat, other: other)
    for (pool, totals) in waits {
      guard let waited = totals.since(earlier.waits[pool] ?? ServiceTotals()) else { return nil }
      added.waits[pool] = waited
    }
    return added
  }
}
