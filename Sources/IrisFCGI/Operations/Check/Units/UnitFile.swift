/// One unit file or drop-in as it stands (systemd.syntax(7)).
struct UnitFile: Equatable, Sendable {
  struct Assignment: Equatable, Sendable {
    let section: String
    let key: String
    let value: String
    /// `file:line`.
    let place: String
  }

  let assignments: [Assignment]

  /// Lines that are none of systemd's syntax are left out, as systemd does with a warning.
  init(_ text: String, file: String) {
    var assignments: [Assignment] = []
    var section = ""
    var unfinished: (text: String, line: Int)?
    for (number, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = Self.trimmed(raw)
      // A comment among the lines of a continued value is no part of it.
      if line.hasPrefix("#") || line.hasPrefix(";") { continue }
      let start = unfinished?.line ?? number + 1
      var whole = unfinished.map { "\($0.text) \(line)" } ?? line
      if whole.hasSuffix("\\") {
        whole.removeLast()
        unfinished = (whole, start)
        continue
      }
      unfinished = nil
      if whole.hasPrefix("["), whole.hasSuffix("]") {
        section = String(whole.dropFirst().dropLast())
      } else if let equals = whole.firstIndex(of: "=") {
        assignments.append(
          Assignment(
            section: section, key: Self.trimmed(whole[..<equals]),
            value: Self.trimmed(whole[whole.index(after: equals)...]), place: "\(file):\(start)"))
      }
    }
    self.assignments = assignments
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
    let front = text.drop(while: isBlank)
    return String(front.reversed().drop(while: isBlank).reversed())
  }
}

/// A unit with all its drop-ins: what is said last holds, and what adds up begins anew after an empty value.
struct Unit: Equatable, Sendable {
  let name: String
  /// Where its first file is.
  let path: String
  let assignments: [UnitFile.Assignment]

  func last(_ section: String, _ key: String) -> UnitFile.Assignment? {
    assignments.last { $0.section == section && $0.key == key }
  }

  func value(_ section: String, _ key: String) -> String? {
    last(section, key).flatMap { $0.value.isEmpty ? nil : $0.value }
  }

  func list(_ section: String, _ key: String) -> [String] {
    assignments.filter { $0.section == section && $0.key == key }.reduce(into: []) { values, assignment in
      if assignment.value.isEmpty { values = [] }
      values += assignment.value.split(separator: " ").map(String.init)
    }
  }

  /// systemd's words for yes (systemd.syntax(7)).
  func isOn(_ section: String, _ key: String) -> Bool {
    ["1", "yes", "true", "on", "y", "t"].contains(value(section, key)?.lowercased() ?? "")
  }

  /// Where a setting is said, or would have to be.
  func place(_ section: String, _ key: String) -> String { last(section, key)?.place ?? path }
}

/// A length of time as systemd writes it (systemd.time(7)).
enum UnitTime {
  private static let microseconds: [String: Int64] = [
    "us": 1, "usec": 1, "µs": 1, "ms": 1_000, "msec": 1_000, "": 1_000_000, "s": 1_000_000, "sec": 1_000_000,
    "second": 1_000_000, "seconds": 1_000_000, "m": 60_000_000, "min": 60_000_000, "minute": 60_000_000,
    "minutes": 60_000_000, "h": 3_600_000_000, "hr": 3_600_000_000, "hour": 3_600_000_000, "hours": 3_600_000_000,
    "d": 86_400_000_000, "day": 86_400_000_000, "days": 86_400_000_000, "w": 604_800_000_000,
    "week": 604_800_000_000, "weeks": 604_800_000_000,
  ]

  /// Microseconds of `90`, `90s` or `1min 30s`; the largest number for `infinity`; nil for anything else.
  static func microseconds(_ text: String) -> Int64? {
    if text == "infinity" { return .max }
    var sum: Int64 = 0
    var rest = text.drop { $0 == " " }
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      let afterDigits = rest[digits.endIndex...].drop { $0 == " " }
      let unit = afterDigits.prefix { $0.isLetter }
      guard let number = Int64(digits), let factor = microseconds[String(unit)] else { return nil }
      let (product, overflows) = number.multipliedReportingOverflow(by: factor)
      let (total, isTooMuch) = sum.addingReportingOverflow(product)
      guard !overflows, !isTooMuch else { return nil }
      sum = total
      rest = afterDigits[unit.endIndex...].drop { $0 == " " }
    }
    return sum
  }
}
