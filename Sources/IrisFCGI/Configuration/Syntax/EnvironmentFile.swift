/// The assignments of a file in the syntax of systemd's `EnvironmentFile=` (systemd.exec(5), Debian 12's version 252).
///
/// Where systemd logs a line and goes on, or glues pieces together in a way nobody expects, this parser refuses with the
/// line's number: a command must never run with other settings than the operator reads in the file.
struct EnvironmentFile: Sendable {
  /// The file that commands and workers read when `IRIS_ENV_FILE` names no other.
  static let defaultPath = "/etc/iris/iris.env"
  /// Names another file; `/dev/null` means none.
  static let variable = "IRIS_ENV_FILE"

  struct Assignment: Equatable, Sendable {
    let value: Secret
    /// Counted from 1.
    let line: Int
  }

  /// By name; of repeated names the last one holds, as in systemd.
  var assignments: [String: Assignment] = [:]
  /// One line each: `path:line: what is wrong; what to do`.
  var problems: [String] = []

  init() {}

  init(parsing bytes: [UInt8], path: String) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      problems = ["\(path): is not UTF-8 text; save it as UTF-8"]
      return
    }
    var parser = EnvironmentFileParser(text)
    parser.parse()
    assignments = parser.assignments
    problems = parser.problems.map { "\(path):\($0.line): \($0.words)" }
  }
}

/// Walks through the text once. Carriage returns before a line feed do not count, others are blanks.
private struct EnvironmentFileParser {
  private var rest: ArraySlice<Unicode.Scalar>
  private var line = 1
  private(set) var assignments: [String: EnvironmentFile.Assignment] = [:]
  private(set) var problems: [(line: Int, words: String)] = []

  init(_ text: String) {
    var scalars: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
      scalars.append(scalar)
    }
    rest = scalars[...]
  }

  mutating func parse() {
    while let scalar = rest.first {
      if scalar == "\n" || isBlank(scalar) {
        advance()
      } else if scalar == "#" || scalar == ";" {
        skipComment()
      } else {
        parseAssignment()
      }
    }
  }

  private func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\r" }

  @discardableResult
  private mutating func advance() -> Unicode.Scalar? {
    guard let scalar = rest.popFirst() else { return nil }
    if scalar == "\n" { line += 1 }
    return scalar
  }

  /// The text up to the end of the line, which is left in place.
  @discardableResult
  private mutating func restOfLine() -> ArraySlice<Unicode.Scalar> {
    let text = rest.prefix { $0 != "\n" }
    rest = rest[text.endIndex...]
    return text
  }

  /// systemd before version 254 takes the line after a comment that ends in a backslash as part of the comment.
  private mutating func skipComment() {
    let backslashes = restOfLine().reversed().prefix { $0 == "\\" }.count
    guard !backslashes.isMultiple(of: 2) else { return }
    report(line, "a comment ends in a backslash, which hides the next line from systemd; remove the backslash")
  }

  private mutating func parseAssignment() {
    let start = line
    let nameScalars = rest.prefix { $0 != "=" && $0 != "\n" }
    rest = rest[nameScalars.endIndex...]
    guard rest.first == "=" else {
      return report(start, "there is no = in the line; write NAME=value, or # before a comment")
    }
    advance()
    let name = trimmed(nameScalars)
    let value = parseValue(from: start)
    guard isName(name) else {
      restOfLine()
      let hint = name.hasPrefix("export ") ? "leave out \"export\"" : "use letters, digits and _ only"
      return report(start, "the text before = is not a variable's name; \(hint)")
    }
    guard let value else { return }
    guard !value.unicodeScalars.contains("\0") else { return report(start, "the value has a NUL character; remove it") }
    assignments[name] = EnvironmentFile.Assignment(value: Secret(value), line: start)
  }

  private func trimmed(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var scalars = scalars
    while let last = scalars.last, isBlank(last) { scalars.removeLast() }
    return string(scalars)
  }

  private func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { ValueSyntax.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
  }

  /// Quoted pieces, directly one after another, then perhaps unquoted text; nil after a reported problem.
  private mutating func parseValue(from start: Int) -> String? {
    var value: [Unicode.Scalar] = []
    var hasQuotedPart = false
    while let scalar = rest.first, scalar != "\n" {
      if isBlank(scalar) {
        let blanks = rest.prefix(while: isBlank)
        rest = rest[blanks.endIndex...]
        guard hasQuotedPart, let next = rest.first, next != "\n" else { continue }
        restOfLine()
        report(start, "there is text after the closing quote; put the whole value into quotes, comments on own lines")
        return nil
      } else if scalar == "'" || scalar == "\"" {
        guard let part = parseQuoted(scalar) else {
          report(start, "the value's opening \(scalar) is never closed; add the closing one")
          return nil
        }
        value += part
        hasQuotedPart = true
      } else {
        value += parseUnquoted()
      }
    }
    return string(value[...])
  }

  /// Between quotes line feeds belong to the value. A backslash means something between double quotes only: before
  /// `"`, `\`, `` ` `` and `$` it gives that character, before a line feed it joins the lines, else it stays.
  private mutating func parseQuoted(_ quote: Unicode.Scalar) -> [Unicode.Scalar]? {
    advance()
    var value: [Unicode.Scalar] = []
    while let scalar = advance() {
      if scalar == quote { return value }
      guard scalar == "\\", quote == "\"" else {
        value.append(scalar)
        continue
      }
      guard let escaped = advance() else { return nil }
      if !"\"\\`$\n".unicodeScalars.contains(escaped) { value.append("\\") }
      if escaped != "\n" { value.append(escaped) }
    }
    return nil
  }

  /// Up to the end of the line without trailing blanks; a backslash keeps the next character, or joins the next line.
  private mutating func parseUnquoted() -> [Unicode.Scalar] {
    var value: [Unicode.Scalar] = []
    var lengthToKeep = 0
    while let scalar = rest.first, scalar != "\n" {
      advance()
      if scalar == "\\" {
        if let escaped = advance(), escaped != "\n" { value.append(escaped) }
        lengthToKeep = value.count
      } else {
        value.append(scalar)
        if !isBlank(scalar) { lengthToKeep = value.count }
      }
    }
    return Array(value.prefix(lengthToKeep))
  }

  private func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  private mutating func report(_ line: Int, _ words: String) {
    problems.append((line, words))
  }
}
