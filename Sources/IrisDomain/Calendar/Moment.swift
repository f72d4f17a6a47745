/// A moment as text of another product has it, in microseconds since 1970: RFC 3339, and what PostgreSQL writes for
/// `timestamptz`, `timestamp` and `date` (manual §8.5, style ISO).
package enum Moment {
  /// `2026-01-31T10:11:12.345678Z`, also with a blank for the `T`, with less of a fraction or none, with an offset such as
  /// `+01`, `+0130` or `+01:30`, or none, which is UTC; or a day alone, which is its beginning. Digits beyond microseconds
  /// are dropped.
  /// - Returns: nil for any other text, and for what no calendar and no clock shows.
  package static func microseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 10, let date = CalendarDate(String(decoding: bytes[..<10], as: UTF8.self)) else { return nil }
    let parts = date.text.split(separator: "-").compactMap { Int64($0) }
    let midnight = CivilDays.count(year: parts[0], month: parts[1], day: parts[2]) * 86_400
    guard bytes.count > 10 else { return midnight * 1_000_000 }
    guard [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]) else { return nil }
    var rest = bytes[11...]
    guard let time = clock(&rest), let fraction = fraction(&rest), let offset = offset(rest) else { return nil }
    return (midnight + time - offset) * 1_000_000 + fraction
  }

  /// `HH:MM:SS` in seconds.
  private static func clock(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    guard let hours = number(&rest, below: 24), skip(":", &rest), let minutes = number(&rest, below: 60),
      skip(":", &rest), let seconds = number(&rest, below: 60)
    else { return nil }
    return hours * 3_600 + minutes * 60 + seconds
  }

  /// Nothing, or a point and digits, in microseconds.
  private static func fraction(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    guard skip(".", &rest) else { return 0 }
    let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    guard !digits.isEmpty else { return nil }
    rest = rest[digits.endIndex...]
    let six = Array(digits.prefix(6)) + Array(repeating: UInt8(ascii: "0"), count: max(0, 6 - digits.count))
    return six.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
  }

  /// Nothing, `Z`, or what the clock is ahead of UTC; in seconds. It must be the end of the text.
  private static func offset(_ text: ArraySlice<UInt8>) -> Int64? {
    var rest = text
    guard let sign = rest.popFirst() else { return 0 }
    if sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") { return rest.isEmpty ? 0 : nil }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = number(&rest, below: 24) else {
      return nil
    }
    var seconds = hours * 3_600
    if !rest.isEmpty {
      _ = skip(":", &rest)
      guard let minutes = number(&rest, below: 60), rest.isEmpty else { return nil }
      seconds += minutes * 60
    }
    return sign == UInt8(ascii: "+") ? seconds : -seconds
  }

  /// Two digits.
  private static func number(_ rest: inout ArraySlice<UInt8>, below limit: Int64) -> Int64? {
    let digits = rest.prefix(2)
    guard digits.count == 2, digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
      return nil
    }
    rest = rest.dropFirst(2)
    let value = digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    return value < limit ? value : nil
  }

  private static func skip(_ mark: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
    guard rest.first == UInt8(ascii: mark) else { return false }
    rest = rest.dropFirst()
    return true
  }
}
