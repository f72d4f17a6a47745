import Testing

@testable import IrisFCGI

struct QuantityTests {
  @Test(
    arguments: [
      (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (2_202_010, "2.1 MiB"), (1_048_575, "1.0 MiB"),
      (5 << 30, "5.0 GiB"), (.max, "16777216.0 TiB"),
    ] as [(UInt64, String)])
  func `bytes`(count: UInt64, text: String) { #expect(Quantity.bytes(count) == text) }

  @Test(
    arguments: [
      (-5, "0.0 ms"), (0, "0.0 ms"), (940, "0.9 ms"), (950, "1.0 ms"), (99_949, "99.9 ms"), (100_000, "100 ms"),
      (999_400, "999 ms"), (1_340_000, "1.3 s"), (61_000_000, "1 min 1 s"),
    ] as [(Int64, String)])
  func `latencies`(microseconds: Int64, text: String) { #expect(Quantity.latency(microseconds: microseconds) == text) }

  @Test(
    arguments: [
      (.min, "0.0 s"), (0, "0.0 s"), (99_999, "0.0 s"), (12_345_678, "12.3 s"), (59_999_999, "59.9 s"),
      (245_000_000, "4 min 5 s"), (3_600_000_000, "1 h 0 min"), (18_180_000_000, "5 h 3 min"),
      (86_400_000_000 * 3 + 4 * 3_600_000_000, "3 d 4 h"), (.max, "106751991 d 4 h"),
    ] as [(Int64, String)])
  func `durations`(microseconds: Int64, text: String) { #expect(Quantity.elapsed(microseconds: microseconds) == text) }

  @Test(
    arguments: [
      (0, "0.0"), (0.04, "0.0"), (12.34, "12.3"), (99.94, "99.9"), (99.96, "100"), (2_345.6, "2346"), (-1, "?"),
      (.nan, "?"), (.infinity, "?"), (1e18, "?"),
    ] as [(Double, String)])
  func `rates`(perSecond: Double, text: String) { #expect(Quantity.rate(perSecond) == text) }

  @Test(arguments: [(0, "0"), (1, "0.001"), (1_250, "1.25"), (30_000, "30"), (10, "0.01")] as [(Int64, String)])
  func `thousandths are exact`(value: Int64, text: String) { #expect(Quantity.thousandths(value) == text) }
}
