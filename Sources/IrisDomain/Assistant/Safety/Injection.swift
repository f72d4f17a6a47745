/// Notices attempts to steer the model from inside a message, a profile or shared data.
///
/// It blocks nobody, and nothing relies on it to keep rules: blocks and their marks do that (`UntrustedText`). A suspect
/// turn stays out of the answer cache and is counted.
package enum Injection {
  package static func isSuspected(in text: String) -> Bool {
    if hidesText(text) || UntrustedText.imitatesTag(text) || hasEncodedBlob(text) { return true }
    let words = joiningLetters(FrenchWords.words(in: text))
    return phrases.matches(words) || orders.contains { $0.isFound(in: words) }
  }

  /// Verbs with what they must not be about: « oublie », « … toutes tes consignes ».
  private struct Order: Sendable {
    let verbs: WordPatterns
    let objects: WordPatterns
    /// Words after the verb in which the object is looked for.
    private static let reach = 5

    init(_ table: InjectionSigns.Table) {
      verbs = WordPatterns(InjectionSigns.list(table.verbs))
      objects = WordPatterns(InjectionSigns.list(table.objects))
    }

    func isFound(in words: [String]) -> Bool {
      guard verbs.matches(words), objects.matches(words) else { return false }
      return words.indices.contains { start in
        let near = Array(words[start...].prefix(Self.reach + 1))
        return verbs.matches([near[0]]) && objects.matches(Array(near.dropFirst()))
      }
    }
  }

  /// Characters that no keyboard gives by accident: tag characters, direction overrides, several zero-width characters
  /// or one inside a word, letters of two scripts in one word.
  private static func hidesText(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    // What is below, Latin letters and the usual marks, can neither hide nor mix anything.
    guard scalars.contains(where: { $0.value >= 0x370 && !(0x2010...0x2027).contains($0.value) }) else { return false }
    var scripts: Set<Script> = []
    for index in scalars.indices {
      let scalar = scalars[index]
      switch scalar.value {
      case 0xE0000...0xE007F, 0x202D, 0x202E, 0x2066...0x2068, 0xE0100...0xE01EF: return true
      case 0x200B, 0x200C, 0x2060...0x2064, 0xFEFF: if isInsideWord(index, of: scalars) { return true }
      default: break
      }
      if let script = Script(scalar) { scripts.insert(script) } else { scripts = [] }
      if scripts.count > 1 { return true }
    }
    return false
  }

  private static func isInsideWord(_ index: String.Index, of scalars: String.UnicodeScalarView) -> Bool {
    let next = scalars.index(after: index)
    guard index > scalars.startIndex, next < scalars.endIndex else { return false }
    return scalars[scalars.index(before: index)].properties.isAlphabetic && scalars[next].properties.isAlphabetic
  }

  /// Scripts whose letters look like each other's.
  private enum Script {
    case latin, greek, cyrillic

    init?(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F: self = .latin
      case 0x370...0x3FF: self = .greek
      case 0x400...0x52F: self = .cyrillic
      default: return nil
      }
    }
  }

  /// A run of Base64 or hexadecimal digits, longer than any word, reference or address has one.
  private static func hasEncodedBlob(_ text: String) -> Bool {
    var (length, kinds) = (0, 0)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): kinds |= 1
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): kinds |= 2
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "="): kinds |= 4
      default:
        (length, kinds) = (0, 0)
        continue
      }
      length += 1
      if length >= shortestBlob && kinds.nonzeroBitCount > 1 { return true }
    }
    return false
  }

  private static let shortestBlob = 32

  /// « i g n o r e » as one word: runs of single letters, longer than elisions make them, are joined.
  private static func joiningLetters(_ words: [String]) -> [String] {
    var joined: [String] = []
    var run: [String] = []
    for word in words + [""] {
      if word.utf8.count == 1 {
        run.append(word)
        continue
      }
      joined += run.count < 4 ? run : [run.joined()]
      run = []
      if !word.isEmpty { joined.append(word) }
    }
    return joined
  }

  private static let phrases = WordPatterns(InjectionSigns.phrases)
  private static let orders = InjectionSigns.orders.map(Order.init)
}
