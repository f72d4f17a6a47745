/// Times as text without a calendar library: UTC only, proleptic Gregorian.
enum Timestamp {
  /// RFC 3339 with milliseconds and `Z`.
  static func rfc3339(microseconds: Int64) -> String {
    let (milliseconds, _) = floorDivide(microseconds, 1_000)
    let (days, rest) = floorDivide(milliseconds, 86_400_000)
    let (year, month, day) = civil(fromDays: days)
    let seconds = rest / 1_000
    var text = Array(String(year).utf8)
    text.reserveCapacity(24)
    append("-", month, to: &text)
    append("-", day, to: &text)
    append("T", seconds / 3_600, to: &text)
    append(":", seconds / 60 % 60, to: &text)
    append(":", seconds % 60, to: &text)
    append(".", rest % 1_000, digits: 3, to: &text)
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }

  /// RFC 3339 in whole seconds with `Z`, as the database writes it.
  static func rfc3339(seconds: Int64) -> String { rfc3339(microseconds: seconds * 1_000_000).prefix(19) + "Z" }

  /// Reads what `rfc3339(seconds:)` writes.
  /// - Returns: seconds since 1970; nil for any other form.
  static func seconds(ofRFC3339 text: String) -> Int64? {
    let parts = text.utf8.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let numbers = parts.compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == 6, numbers[0] < 10_000 else { return nil }
    let days = days(fromYear: numbers[0], month: numbers[1], day: numbers[2])
    let seconds = days * 86_400 + numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]
    return rfc3339(seconds: seconds) == text ? seconds : nil
  }

  /// The inverse of `civil` (the same source, days_from_civil).
  private static func days(fromYear year: Int64, month: Int64, day: Int64) -> Int64 {
    let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Year, month and day of a count of days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
  /// algorithms", civil_from_days).
  private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// A mark and a number ≥ 0 with leading zeros; digit by digit, since every line of the log waits for it.
  private static func append(_ mark: Unicode.Scalar, _ value: Int64, digits: Int = 2, to text: inout [UInt8]) {
    text.append(UInt8(ascii: mark))
    let end = text.count + digits
    text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
    var rest = value
    for position in (end - digits..<end).reversed() {
      text[position] += UInt8(rest % 10)
      rest /= 10
    }
  }
}
