/// What one check found out, and what to do about it.
struct Finding: Encodable, Equatable, Sendable {
  /// The words are those of `check --json`.
  enum Status: String, Encodable, CaseIterable, Sendable {
    case ok, warning, failed
    /// It could not be checked because something that it depends on failed.
    case skipped
  }

  /// What was checked, in one or two words; several findings of one check share it.
  let name: String
  let status: Status
  /// One sentence without its full stop; no secret.
  let found: String
  /// What to do; nil when there is nothing.
  let advice: String?

  static func ok(_ name: String, _ found: String) -> Finding {
    Finding(name: name, status: .ok, found: found, advice: nil)
  }

  static func warning(_ name: String, _ found: String, advice: String) -> Finding {
    Finding(name: name, status: .warning, found: found, advice: advice)
  }

  static func failed(_ name: String, _ found: String, advice: String) -> Finding {
    Finding(name: name, status: .failed, found: found, advice: advice)
  }

  /// - Parameter reason: why it could not be checked.
  static func skipped(_ name: String, _ reason: String) -> Finding {
    Finding(name: name, status: .skipped, found: reason, advice: nil)
  }

  /// A line of the form `what is wrong; what to do`, as the configuration and the schema's check give it.
  static func told(_ name: String, _ status: Status, _ line: String, otherwise advice: String) -> Finding {
    let (found, told) = split(line)
    return Finding(name: name, status: status, found: found, advice: told ?? advice)
  }

  /// Cuts at the first semicolon that stands outside quotation marks: a quoted value may hold one.
  static func split(_ line: String) -> (found: String, advice: String?) {
    var isQuoted = false
    var wasBackslash = false
    for index in line.indices {
      let character = line[index]
      if character == "\"", !wasBackslash { isQuoted.toggle() }
      wasBackslash = character == "\\" && !wasBackslash
      guard character == ";", !isQuoted else { continue }
      let advice = line[line.index(after: index)...].drop { $0 == " " }
      return (String(line[..<index]), advice.isEmpty ? nil : String(advice))
    }
    return (line, nil)
  }

  /// `advice` is there also when it is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(status, forKey: .status)
    try container.encode(found, forKey: .found)
    try container.encode(advice, forKey: .advice)
  }

  private enum CodingKeys: String, CodingKey { case name, status, found, advice }
}

extension Finding {
  private static let markWidth = 9
  private static let nameWidth = 19

  /// A line for people, with a second one that says what to do.
  /// - Parameter styled: colours the mark.
  func rendered(styled: Bool) -> String {
    let indentation = String(repeating: " ", count: Finding.markWidth + Finding.nameWidth)
    let line = mark(styled: styled) + Finding.padded(name, to: Finding.nameWidth) + found.singleLine + "\n"
    guard let advice else { return line }
    return line + indentation + "-> " + advice.singleLine + "\n"
  }

  /// Select Graphic Rendition of ECMA-48: green, yellow, red, dim.
  private func mark(styled: Bool) -> String {
    let word = Finding.padded(status.rawValue, to: Finding.markWidth)
    guard styled else { return word }
    let style =
      switch status {
      case .ok: "32"
      case .warning: "33"
      case .failed: "1;31"
      case .skipped: "2"
      }
    return "\u{1B}[\(style)m\(word)\u{1B}[0m"
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.unicodeScalars.count))
  }
}

/// All findings together: the document of `check --json` and what the exit code follows from.
struct CheckReport: Encodable, Equatable, Sendable {
  enum Status: String, Encodable, Sendable {
    case ok, warnings, failed
  }

  let checks: [Finding]
  let status: Status

  init(_ checks: [Finding]) {
    self.checks = checks
    let found = Set(checks.map(\.status))
    status = found.contains(.failed) ? .failed : found.contains(.warning) ? .warnings : .ok
  }

  var exitCode: Int32 {
    switch status {
    case .ok: ExitCode.fine
    case .warnings: ExitCode.warnings
    case .failed: ExitCode.failed
    }
  }

  /// The last line: how many of each.
  var summary: String {
    let counts = Finding.Status.allCases.compactMap { status -> String? in
      let count = checks.count { $0.status == status }
      let plural = status == .warning && count > 1 ? "s" : ""
      return count == 0 ? nil : "\(count) \(status.rawValue)\(plural)"
    }
    return counts.joined(separator: ", ") + "\n"
  }
}
