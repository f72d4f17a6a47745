/// Cuts a message into words that compare equal however the user typed them.
///
/// Words come out in lower case, without diacritics (`Développé` → `developpe`, `cœur` → `coeur`), punctuation or
/// invisible characters. Elisions split (`l'emploi` → `l`, `emploi`); dotted acronyms join (`C.V.` → `cv`).
/// Letters outside the Latin alphabet separate words, so a message in another script has none.
package enum FrenchWords {
  /// The words of a text in order, each of ASCII letters and digits only.
  package static func words(in text: String) -> [String] {
    var words: [String] = []
    words.reserveCapacity(text.utf8.count / 5)
    var word = WordBuffer()
    for scalar in text.unicodeScalars {
      switch fold(scalar) {
      case .letter(let byte): word.append(byte)
      case .ligature(let first):
        word.append(first)
        word.append(UInt8(ascii: "e"))
      case .dot where word.absorbsDot(): break
      case .dot, .separator: word.flush(into: &words)
      case .invisible: break
      }
    }
    word.flush(into: &words)
    return words
  }

  private enum Folded {
    case letter(UInt8)
    case ligature(UInt8)
    case dot, separator, invisible
  }

  private static func fold(_ scalar: Unicode.Scalar) -> Folded {
    let value = scalar.value
    guard value >= 0x80 else { return foldASCII(UInt8(truncatingIfNeeded: value)) }
    switch value {
    case 0xC0...0xC5, 0xE0...0xE5: return .letter(UInt8(ascii: "a"))
    case 0xC7, 0xE7: return .letter(UInt8(ascii: "c"))
    case 0xC8...0xCB, 0xE8...0xEB: return .letter(UInt8(ascii: "e"))
    case 0xCC...0xCF, 0xEC...0xEF: return .letter(UInt8(ascii: "i"))
    case 0xD1, 0xF1: return .letter(UInt8(ascii: "n"))
    case 0xD2...0xD6, 0xF2...0xF6: return .letter(UInt8(ascii: "o"))
    case 0xD9...0xDC, 0xF9...0xFC: return .letter(UInt8(ascii: "u"))
    case 0xDD, 0xFD, 0xFF, 0x178: return .letter(UInt8(ascii: "y"))
    case 0xC6, 0xE6: return .ligature(UInt8(ascii: "a"))
    case 0x152, 0x153: return .ligature(UInt8(ascii: "o"))
    // Full-width Latin letters, as some keyboards and pasted documents give them.
    case 0xFF21...0xFF3A: return .letter(UInt8(truncatingIfNeeded: value - 0xFF21) + UInt8(ascii: "a"))
    case 0xFF41...0xFF5A: return .letter(UInt8(truncatingIfNeeded: value - 0xFF41) + UInt8(ascii: "a"))
    // Combining marks of decomposed accents, soft hyphen, zero-width and tag characters.
    case 0x300...0x36F, 0xAD, 0x200B...0x200F, 0x2060...0x2064, 0xFE00...0xFE0F, 0xFEFF, 0xE0000...0xE007F:
      return .invisible
    default: return .separator
    }
  }

  private static func foldASCII(_ byte: UInt8) -> Folded {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): .letter(byte)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter(byte | 0x20)
    case UInt8(ascii: "."): .dot
    default: .separator
    }
  }
}

/// The word being read.
private struct WordBuffer {
  private var bytes: [UInt8] = []
  /// Dots swallowed so far: one fewer than the letters while the word is a dotted acronym.
  private var dots = 0

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Whether a dot belongs to an acronym (`C.V.`) rather than ending a sentence.
  mutating func absorbsDot() -> Bool {
    guard bytes.count == dots + 1, bytes[bytes.count - 1] >= UInt8(ascii: "a") else { return false }
    dots += 1
    return true
  }

  mutating func flush(into words: inout [String]) {
    dots = 0
    guard !bytes.isEmpty else { return }
    words.append(String(decoding: bytes, as: UTF8.self))
    bytes.removeAll(keepingCapacity: true)
  }
}
