import Testing

@testable import IrisFCGI

struct HistogramReadingTests {
  private static func histogram(_ times: [Int64]) -> Histogram {
    times.reduce(into: Histogram()) { histogram, time in
      histogram.counts[Histogram.classIndex(of: time)] += 1
      histogram.sum += UInt64(time)
    }
  }

  @Test(
    arguments: [
      ([], 0.95, nil), ([500], 0.95, 950), ([500], 1, 1_000), ([1_000, 1_000], 0.5, 500),
      // Nineteen of twenty lie within 1 ms, one between 2 and 5 s.
      (Array(repeating: 800, count: 19) + [3_000_000], 0.95, 1_000),
      (Array(repeating: 800, count: 18) + [3_000_000, 3_000_000], 0.95, 3_500_000),
      ([70_000_000], 0.5, 60_000_000), ([500], 0, nil),
    ] as [([Int64], Double, Int64?)])
  func `a quantile is estimated as Prometheus does`(times: [Int64], share: Double, expected: Int64?) {
    #expect(Self.histogram(times).quantile(share) == expected)
  }

  @Test func `the mean is exact, and there is none of nothing`() {
    #expect(Histogram().mean == nil)
    #expect(Self.histogram([1_000, 2_001]).mean == 1_500)
  }

  @Test func `what came since is the difference, and nothing where counting began anew`() {
    let (before, added) = (Self.histogram([500, 3_000]), Self.histogram([700, 90_000_000]))
    var after = before
    after += added
    #expect(after.since(before) == added)
    #expect(after.since(after) == Histogram())
    #expect(before.since(after) == Histogram())
    #expect(Self.histogram([3_000, 3_000, 3_000]).since(before) == Histogram())
  }
}
