import IrisDomain

/// Times as text without a calendar library: UTC only, proleptic Gregorian.
enum Timestamp {
  /// RFC 3339 with milliseconds and `Z`.
  static func rfc3339(microseconds: Int64) -> String {
    let (milliseconds, _) = CivilDays.floorDivide(microseconds, 1_000)
    let (days, rest) = CivilDays.floorDivide(milliseconds, 86_400_000)
    let (year, month, day) = CivilDays.date(ofDay: days)
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
    let days = CivilDays.count(year: numbers[0], month: numbers[1], day: numbers[2])
    let seconds = days * 86_400 + numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]
    return rfc3339(seconds: seconds) == text ? seconds : nil
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
