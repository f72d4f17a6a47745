/// The encoding of a mail's text that leaves most of it to be read as it is (RFC 2045 §6.7): in logs, in what an operator looks
/// at, and by filters against spam, which take text in base64 for something to hide.
enum QuotedPrintable {
  /// Of the encoded line, with the mark of a soft break.
  private static let longestLine = 76

  /// The lines of a text, each in as many as it takes; a scalar may stand on two of them.
  static func lines(_ text: String) -> [String] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).flatMap { broken(encoded($0)) }
  }

  /// Each byte as it travels. A blank at the end would be lost on the way.
  private static func encoded(_ line: Substring) -> [String] {
    let bytes = Array(line.utf8)
    return bytes.indices.map { index in
      let byte = bytes[index]
      let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
      let isPlain = isBlank ? index + 1 < bytes.count : (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
      return isPlain ? String(UnicodeScalar(byte)) : escaped(byte)
    }
  }

  private static func escaped(_ byte: UInt8) -> String {
    (byte < 0x10 ? "=0" : "=") + String(byte, radix: 16, uppercase: true)
  }

  private static func broken(_ pieces: [String]) -> [String] {
    var lines = [""]
    for (index, piece) in pieces.enumerated() {
      let room = longestLine - (index + 1 < pieces.count ? 1 : 0)
      if lines[lines.count - 1].utf8.count + piece.utf8.count > room {
        lines[lines.count - 1] += "="
        lines.append("")
      }
      lines[lines.count - 1] += piece
    }
    return lines
  }
}
