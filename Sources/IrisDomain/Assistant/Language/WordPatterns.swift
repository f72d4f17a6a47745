/// A compiled list of word patterns, searched in one pass over the words of a message.
///
/// A pattern is one or more words, as `FrenchWords` spells them, separated by spaces: `cv` is that word, `reconver*`
/// every word that begins so, `bilan competenc*` two neighbours; in `avaler * cachets` any word may stand between. A word
/// that matches nothing and stands within one typing error (letter missing, added, wrong, or two swapped) of a pattern
/// word of five letters or more counts as it. The first letter must be right: it nearly always is, and it keeps the
/// search short. What may precede it is an elision without its apostrophe (`lentretien`).
package struct WordPatterns: Sendable {
  private let patterns: [[PatternWord]]
  private let first: WordTree
  /// By first letter, the first words that forgive a typing error.
  private let tolerantFirst: [UInt8: [Tolerant]]

  /// A first word that forgives a typing error, and the patterns that begin with it.
  private struct Tolerant: Sendable {
    let word: PatternWord
    var patterns: [Int]

    func isNear(_ typed: [UInt8]) -> Bool { mayBe(typed) && word.isNear(typed) }

    /// Rules out most words without a look at all their letters: one error leaves the second letter in its place, or the
    /// third, or moves one of them by a place.
    private func mayBe(_ typed: [UInt8]) -> Bool {
      let (second, third) = (word.bytes[1], word.bytes[2])
      return second == typed[1] || third == typed[2] || third == typed[1] || second == typed[2]
    }
  }

  /// Compiles patterns; results are reported by their position in this list.
  package init(_ sources: [String]) {
    let compiled = sources.map { $0.split(separator: " ").map { PatternWord(String($0)) } }
    var tree = WordTree()
    var tolerant: [UInt8: [Tolerant]] = [:]
    for (index, pattern) in compiled.enumerated() {
      guard let word = pattern.first, let letter = word.bytes.first else { continue }
      tree.insert(word.bytes, isStem: word.isStem, index: index)
      guard word.isTolerant else { continue }
      if let same = tolerant[letter]?.firstIndex(where: { $0.word.bytes == word.bytes && $0.word.isStem == word.isStem }
      ) {
        tolerant[letter]?[same].patterns.append(index)
      } else {
        tolerant[letter, default: []].append(Tolerant(word: word, patterns: [index]))
      }
    }
    patterns = compiled
    first = tree
    tolerantFirst = tolerant
  }

  /// The patterns of a text that separates them by commas or ends of lines.
  package static func list(_ text: String) -> [String] {
    text.split(whereSeparator: { $0 == "," || $0 == "\n" })
      .map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty }
  }

  /// How often each pattern occurs in the words, in the order of the sources.
  package func counts(in words: [String]) -> [Int] {
    var counts = [Int](repeating: 0, count: patterns.count)
    for start in words.indices {
      for index in candidates(for: words[start]) where continues(patterns[index], in: words, from: start) {
        counts[index] += 1
      }
    }
    return counts
  }

  /// Whether any pattern occurs.
  package func matches(_ words: [String]) -> Bool {
    words.indices.contains { start in
      candidates(for: words[start]).contains { continues(patterns[$0], in: words, from: start) }
    }
  }

  /// Patterns whose first word this is.
  private func candidates(for word: String) -> [Int] {
    let found = first.find(word[...].utf8)
    guard found.isEmpty, word.utf8.count >= PatternWord.shortestTolerant - 1 else { return found }
    let bytes = Array(word.utf8)
    if PatternWord.hidesElision(bytes) {
      let rest = first.find(word.dropFirst().utf8)
      if !rest.isEmpty { return rest }
    }
    guard let near = tolerantFirst[bytes[0]] else { return [] }
    return near.filter { $0.isNear(bytes) }.flatMap(\.patterns)
  }

  private func continues(_ pattern: [PatternWord], in words: [String], from start: Int) -> Bool {
    guard start + pattern.count <= words.count else { return false }
    for offset in 1..<max(1, pattern.count) where !pattern[offset].matches(words[start + offset]) { return false }
    return true
  }
}

/// One word of a pattern: a whole word or, written with a final `*`, the beginning of one.
private struct PatternWord: Sendable {
  let text: String
  let bytes: [UInt8]
  let isStem: Bool

  /// How much may follow a misspelt stem. A longer rest is another word: `restauration` is no misspelt `reseau`,
  /// `docteur` no misspelt `doute`.
  private var longestEnding: Int {
    switch bytes.count {
    case ...5: 1
    case ...7: 4
    default: 5
    }
  }

  /// Shorter words have too many neighbours that mean something else (`star`, `stars`, `tard`).
  var isTolerant: Bool { bytes.count >= Self.shortestTolerant }
  static let shortestTolerant = 5

  init(_ source: String) {
    isStem = source.hasSuffix("*")
    text = isStem ? String(source.dropLast()) : source
    bytes = Array(text.utf8)
  }

  func matches(_ word: String) -> Bool {
    if isStem ? word.hasPrefix(text) : word == text { return true }
    let bytes = Array(word.utf8)
    if isTolerant && isNear(bytes) { return true }
    return Self.hidesElision(bytes) && (isStem ? word.dropFirst().hasPrefix(text) : word.dropFirst() == text)
  }

  /// Whether a word may be an article or pronoun and a word that begins with a vowel, run together (`demploi`). The rest
  /// has five letters or more: `moral` is no `m'oral`.
  static func hidesElision(_ word: [UInt8]) -> Bool {
    word.count >= 6 && "cdjlmnst".utf8.contains(word[0]) && "aeiouh".utf8.contains(word[1])
  }

  /// Within one typing error, counted after the first letter.
  func isNear(_ word: [UInt8]) -> Bool {
    let longest = bytes.count + (isStem ? longestEnding : 1)
    guard (bytes.count - 1...longest).contains(word.count) else { return false }
    var at = 0
    while at < word.count, at < bytes.count, word[at] == bytes[at] { at += 1 }
    if at == bytes.count { return isStem || word.count <= at + 1 }
    guard at > 0 else { return false }
    return agrees(word, from: at + 1, with: at + 1) || agrees(word, from: at + 1, with: at)
      || agrees(word, from: at, with: at + 1) || isSwap(word, at: at)
  }

  private func isSwap(_ word: [UInt8], at index: Int) -> Bool {
    guard index + 1 < word.count, index + 1 < bytes.count else { return false }
    return word[index] == bytes[index + 1] && word[index + 1] == bytes[index]
      && agrees(word, from: index + 2, with: index + 2)
  }

  /// Whether the word from one place on is (or, for a stem, begins with) the pattern from another place on.
  private func agrees(_ word: [UInt8], from wordStart: Int, with patternStart: Int) -> Bool {
    let wanted = bytes.count - patternStart
    let given = word.count - wordStart
    guard given >= 0, isStem ? given >= wanted : given == wanted else { return false }
    for step in 0..<wanted where word[wordStart + step] != bytes[patternStart + step] { return false }
    return true
  }
}
