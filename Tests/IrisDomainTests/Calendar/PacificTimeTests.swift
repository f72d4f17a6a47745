import IrisDomain
import Testing

/// The expected times are those of the IANA database's America/Los_Angeles.
struct PacificTimeTests {
  static let midnights: [(at: String, Int64, next: Int64)] = [
    ("2026-11-21T12:00:00Z", 1_795_262_400_000, 1_795_334_400_000),
    ("2026-07-14T18:30:00Z", 1_784_053_800_000, 1_784_098_800_000),
    ("2026-06-30T07:00:00Z, a midnight", 1_782_802_800_000, 1_782_889_200_000),
    ("2026-12-31T20:00:00Z", 1_798_747_200_000, 1_798_790_400_000),
    ("2027-01-01T07:59:59.999Z, still the old year there", 1_798_790_399_999, 1_798_790_400_000),
    ("2027-01-01T08:00:00Z", 1_798_790_400_000, 1_798_876_800_000),
    ("2028-02-29T07:59:59Z", 1_835_423_999_000, 1_835_424_000_000),
    ("2028-02-29T08:00:00Z", 1_835_424_000_000, 1_835_510_400_000),
    ("2026-03-08T07:59:59Z, the eve of the 23 hours", 1_772_956_799_000, 1_772_956_800_000),
    ("2026-03-08T08:00:00Z", 1_772_956_800_000, 1_773_039_600_000),
    ("2026-03-08T09:59:59Z, before the switch", 1_772_963_999_000, 1_773_039_600_000),
    ("2026-03-08T10:00:00Z, after it", 1_772_964_000_000, 1_773_039_600_000),
    ("2026-03-09T06:59:59Z", 1_773_039_599_000, 1_773_039_600_000),
    ("2026-03-09T07:00:00Z", 1_773_039_600_000, 1_773_126_000_000),
    ("2026-11-01T06:59:59Z, the eve of the 25 hours", 1_793_516_399_000, 1_793_516_400_000),
    ("2026-11-01T07:00:00Z", 1_793_516_400_000, 1_793_606_400_000),
    ("2026-11-01T08:59:59Z, before the switch", 1_793_523_599_000, 1_793_606_400_000),
    ("2026-11-01T09:00:00Z, after it", 1_793_523_600_000, 1_793_606_400_000),
    ("2026-11-02T07:59:59Z", 1_793_606_399_000, 1_793_606_400_000),
    ("2026-11-02T08:00:00Z", 1_793_606_400_000, 1_793_692_800_000),
    ("1969-12-31T12:00:00Z", -43_200_000, 28_800_000),
  ]

  @Test(arguments: midnights) func `the next midnight is California's`(at: String, time: Int64, next: Int64) {
    #expect(PacificTime.nextMidnight(after: time) == next, "\(at)")
  }

  @Test func `over twenty years only the days of the switches are not 24 hours long`() {
    // The days of March and November from 2024 on.
    let switches: [(march: Int, november: Int)] = [
      (10, 3), (9, 2), (8, 1), (14, 7), (12, 5), (11, 4), (10, 3), (9, 2), (14, 7), (13, 6), (12, 5), (11, 4), (9, 2),
      (8, 1), (14, 7), (13, 6), (11, 4), (10, 3), (9, 2), (8, 1),
    ]
    var midnight: Int64 = 1_704_096_000_000  // 2024-01-01T08:00:00Z
    for (index, days) in switches.enumerated() {
      let isLeap = (2024 + index) % 4 == 0
      let march = 59 + (isLeap ? 1 : 0) + days.march
      let november = 304 + (isLeap ? 1 : 0) + days.november
      for dayOfYear in 1...(isLeap ? 366 : 365) {
        let hours: Int64 = dayOfYear == march ? 23 : dayOfYear == november ? 25 : 24
        let next = PacificTime.nextMidnight(after: midnight)
        #expect(next - midnight == hours * 3_600_000, "day \(dayOfYear) of \(2024 + index)")
        #expect(PacificTime.nextMidnight(after: next - 1) == next)
        midnight = next
      }
    }
  }
}
