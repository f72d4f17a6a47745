/// What a reader does not see but a model reads: zero-width, direction, tag and filler characters, unassigned and
/// private code points. Instructions have been hidden in all of them.
enum InvisibleText {
  /// The text without them, and with one kind of line end.
  /// - Parameter keepsEmoji: leave the joiners and style marks inside emoji (👩‍💻, ✔️) where they are.
  static func removed(from text: String, keepsEmoji: Bool) -> String {
    let scalars = text.unicodeScalars
    guard !scalars.allSatisfy(isPlain) else { return text }
    var kept = String.UnicodeScalarView()
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let scalar = scalars[index]
      let next = scalars.index(after: index)
      if isLineEnd(scalar) {
        kept.append("\n")
      } else if !isInvisible(scalar) {
        kept.append(scalar)
      } else if keepsEmoji, let before = kept.last {
        let after = next < scalars.endIndex ? scalars[next] : nil
        if joinsEmoji(scalar, before: before, after: after) { kept.append(scalar) }
      }
      index = next
    }
    return String(kept)
  }

  /// Whether `removed` would change the text, emoji kept.
  static func isFound(in text: String) -> Bool { removed(from: text, keepsEmoji: true) != text }

  /// Most of every text: settled without a look at Unicode's tables.
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E, 0x0A, 0x09, 0xA0...0xAC, 0xAE...0x2FF: true
    case 0x2010...0x2027, 0x202F, 0x2030...0x205E, 0x20AC, 0x2190...0x27FF, 0x1F300...0x1FAFF: true
    default: false
    }
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0B, 0x0C, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    guard !isPlain(scalar) else { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return true
    default: break
    }
    // Fillers that are letters by category, and blank Braille.
    switch scalar.value {
    case 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0: return true
    default: return scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  /// U+200D between two emoji, and U+FE0E or U+FE0F right after a symbol.
  private static func joinsEmoji(_ scalar: Unicode.Scalar, before: Unicode.Scalar, after: Unicode.Scalar?) -> Bool {
    switch scalar.value {
    case 0x200D: (isEmoji(before) || before.value == 0xFE0F) && after.map(isEmoji) == true
    case 0xFE0E, 0xFE0F: isEmoji(before)
    default: false
    }
  }

  /// Digits, `#` and `*` are emoji by Unicode's table, but not to a reader.
  private static func isEmoji(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value > 0x7F && (scalar.properties.isEmoji || scalar.properties.isEmojiModifier)
  }
}
