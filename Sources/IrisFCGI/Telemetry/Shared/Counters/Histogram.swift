/// How long something took, over many times: how often it fell into each class, as a histogram of Prometheus has it.
struct Histogram: Equatable, Sendable {
  /// The classes' upper ends in microseconds, themselves included: from a fast answer to the longest that a chat may take.
  /// 2 s is among them because an alert asks for it. Above the last there is one class more.
  static let bounds: [Int64] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000,
    30_000_000, 60_000_000,
  ]
  static let classCount = bounds.count + 1

  /// By class; not cumulated.
  var counts = [UInt64](repeating: 0, count: classCount)
  /// All times together in microseconds.
  var sum: UInt64 = 0

  /// How many times.
  var count: UInt64 { counts.reduce(0, &+) }

  static func classIndex(of microseconds: Int64) -> Int {
    bounds.firstIndex { microseconds <= $0 } ?? bounds.count
  }

  static func += (left: inout Histogram, right: Histogram) {
    for index in left.counts.indices { left.counts[index] &+= right.counts[index] }
    left.sum &+= right.sum
  }
}
