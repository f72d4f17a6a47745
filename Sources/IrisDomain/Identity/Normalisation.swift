@_spi(_Unicode) import Swift

/// How text from outside becomes text that we keep: one form for what looks the same, nothing invisible that steers.
package enum Normalisation {
  /// NFC, without NUL and the other C0 controls but tab and newline, trimmed. CR LF becomes LF.
  package static func clean(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !isForbidden(scalar) { kept.append(scalar) }
    // Last, since a control character may have stood between a letter and its mark.
    var composed = String.UnicodeScalarView()
    for scalar in String(kept)._nfc { composed.append(scalar) }
    return trim(String(composed))
  }

  /// NUL, C0 controls but tab and newline, and DEL.
  package static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F: true
    default: false
    }
  }

  /// Whether a text holds a control character other than tab and line end, for texts that are refused then instead of
  /// cleaned. CR LF is a line end from a form; a CR alone is none.
  package static func hasControls(_ text: String) -> Bool {
    var isAfterCR = false
    for scalar in text.unicodeScalars {
      if isAfterCR, scalar != "\n" { return true }
      isAfterCR = scalar == "\r"
      if !isAfterCR, isForbidden(scalar) { return true }
    }
    return isAfterCR
  }

  private static func trim(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
