import IrisSystem

/// Writes what stands in a mail's header and body so that nothing in it can end its line before its time.
enum MailField {
  /// Text of one field, as it is or as encoded words (RFC 2047).
  static func unstructured(_ text: String) -> String {
    let line = singleLine(text)
    return isPlain(line) ? line : encodedWords(line)
  }

  /// A display name: atoms, a quoted string or encoded words (RFC 5322 §3.2.5).
  static func phrase(_ name: String) -> String {
    let line = singleLine(name)
    guard isPlain(line) else { return encodedWords(line) }
    if line.utf8.allSatisfy({ ValueSyntax.isAlphanumeric($0) || $0 == UInt8(ascii: " ") }) { return line }
    var quoted = ""
    for character in line {
      if character == "\"" || character == "\\" { quoted.append("\\") }
      quoted.append(character)
    }
    return "\"\(quoted)\""
  }

  /// The text without what could begin another line: control characters and the separators of Unicode become blanks.
  static func singleLine(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    line.append(
      contentsOf: text.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: " "
        default: scalar
        }
      })
    return String(line)
  }

  /// `Sat, 21 Nov 2026 14:26:38 +0000` (RFC 5322 §3.3).
  static func date(microseconds: Int64) -> String {
    let text = Timestamp.rfc3339(microseconds: microseconds)
    let parts = text.split { "-T.Z".contains($0) }
    guard parts.count == 5, let month = Int(parts[1]), (1...12).contains(month) else { return text }
    // 1970 began on a Thursday.
    let weekday = weekdays[Int(((microseconds / 86_400_000_000) % 7 + 7) % 7)]
    return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]) +0000"
  }

  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Printable ASCII that fits into the field's line and does not look encoded.
  private static func isPlain(_ line: String) -> Bool {
    line.utf8.count <= 60 && line.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !line.contains("=?")
  }

  /// The bytes of an encoded word: with its 12 others and the longest field name its line stays below 76 characters.
  private static let wordBytes = 39

  /// Each word holds whole scalars (RFC 2047 §5) and stands on a line of its own.
  private static func encodedWords(_ line: String) -> String {
    var words: [String] = []
    var bytes: [UInt8] = []
    func end() {
      words.append("=?UTF-8?B?\(Base64.encode(bytes))?=")
      bytes = []
    }
    for scalar in line.unicodeScalars {
      let encoded = Array(String(scalar).utf8)
      if bytes.count + encoded.count > wordBytes { end() }
      bytes += encoded
    }
    if !bytes.isEmpty { end() }
    return words.joined(separator: "\r\n ")
  }
}
