import Testing

@testable import IrisFCGI

struct TimestampTests {
  @Test(
    arguments: [
      // Microseconds since 1970, from `date -u -d … +%s`.
      (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.000Z"), (999_999, "1970-01-01T00:00:00.999Z"),
      (1_000_000, "1970-01-01T00:00:01.000Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
      (951_868_799_999_000, "2000-02-29T23:59:59.999Z"), (951_868_800_000_000, "2000-03-01T00:00:00.000Z"),
      (1_709_164_800_000_000, "2024-02-29T00:00:00.000Z"), (1_772_323_199_000_000, "2026-02-28T23:59:59.000Z"),
      (1_772_323_200_000_000, "2026-03-01T00:00:00.000Z"), (1_798_761_599_999_999, "2026-12-31T23:59:59.999Z"),
      (1_798_761_600_000_000, "2027-01-01T00:00:00.000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
      (4_107_456_000_000_000, "2100-02-28T00:00:00.000Z"), (253_402_300_799_999_000, "9999-12-31T23:59:59.999Z"),
      (-1_000, "1969-12-31T23:59:59.999Z"), (-1_000_000, "1969-12-31T23:59:59.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (-86_400_000_000, "1969-12-31T00:00:00.000Z"), (-11_644_473_600_000_000, "1601-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func `a time in UTC`(microseconds: Int64, text: String) {
    #expect(Timestamp.rfc3339(microseconds: microseconds) == text)
  }

  @Test func `day follows day for four centuries`() {
    var (year, month, day) = (1970, 1, 1)
    for count in 0..<146_097 {
      let text = Timestamp.rfc3339(microseconds: Int64(count) * 86_400_000_000)
      let expected = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)T00:00:00.000Z"
      guard text == expected else {
        Issue.record("\(text) is not \(expected)")
        return
      }
      day += 1
      if day > length(month, year) { (day, month) = (1, month + 1) }
      if month > 12 { (month, year) = (1, year + 1) }
    }
  }

  private func length(_ month: Int, _ year: Int) -> Int {
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }
}
