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

  /// On average, in microseconds; nil without any.
  var mean: Int64? { count == 0 ? nil : Int64(clamping: sum / count) }

  /// The time, in microseconds, that this share of all times does not exceed, as Prometheus' histogram_quantile estimates
  /// it: evenly spread within a class, and the last bound for all beyond it. nil without any.
  /// - Parameter share: above 0, up to 1.
  func quantile(_ share: Double) -> Int64? {
    let rank = share * Double(count)
    guard rank > 0 else { return nil }
    var below: Double = 0
    for (index, bound) in Self.bounds.enumerated() {
      let inside = Double(counts[index])
      if inside > 0, below + inside >= rank {
        let lower = index == 0 ? 0 : Self.bounds[index - 1]
        return lower + Int64(Double(bound - lower) * (rank - below) / inside)
      }
      below += inside
    }
    return Self.bounds.last
  }

  /// What was added since an earlier reading of the same histogram; nothing where counting began anew meanwhile.
  func since(_ earlier: Histogram) -> Histogram {
    let differences = zip(counts, earlier.counts).map { $0 >= $1 ? $0 - $1 : nil }
    guard sum >= earlier.sum, !differences.contains(nil) else { return Histogram() }
    return Histogram(counts: differences.compactMap(\.self), sum: sum - earlier.sum)
  }

  static func += (left: inout Histogram, right: Histogram) {
    for index in left.counts.indices { left.counts[index] &+= right.counts[index] }
    left.sum &+= right.sum
  }
}
