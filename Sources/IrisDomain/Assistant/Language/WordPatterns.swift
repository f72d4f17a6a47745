/// A compiled list of word patterns, searched in one pass over the words of a message.
///
/// A pattern is one or more words, as `FrenchWords` spells them, separated by spaces: `cv` is that word, `reconver*`
/// every word that begins so, `bilan competenc*` two neighbours. A word that matches nothing and stands within one
/// typing error (letter missing, added, wrong, or two swapped) of a pattern word of six letters or more counts as it.
/// The first letter must be right: it nearly always is, and it keeps the search short.
package struct WordPatterns: Sendable {
  private let patterns: [[PatternWord]]
  private let first: WordTree
  /// By first letter, the patterns whose first word forgives a typing error.
  private let tolerantFirst: [UInt8: [Tolerant]]

  /// What rules out most tolerant words without a look at all their letters.
  private struct Tolerant: Sendable {
    let index: Int
    let second: UInt8
    let third: UInt8

    /// One error leaves the second letter in its place, or the third, or moves one of them by a place.
    func mayBe(_ word: [UInt8]) -> Bool {
      second == word[1] || third == word[2] || third == word[1] || second == word[2]
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
      tolerant[letter, default: []].append(Tolerant(index: index, second: word.bytes[1], third: word.bytes[2]))
    }
    patterns = compiled
    first = tree
    tolerantFirst = tolerant
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
    let found = first.find(word)
    guard found.isEmpty, word.utf8.count >= PatternWord.shortestTolerant - 1, let letter = word.utf8.first,
      let near = tolerantFirst[letter]
    else { return found }
    let bytes = Array(word.utf8)
    return near.lazy.filter { $0.mayBe(bytes) && patterns[$0.index][0].isNear(bytes) }.map(\.index)
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

  /// A longer rest is another word: `restauration` is no misspelt `reseau`.
  private static let longestEnding = 4

  /// Shorter words have too many neighbours that mean something else (`poste`, `porte`, `poster`).
  var isTolerant: Bool { bytes.count >= Self.shortestTolerant }
  static let shortestTolerant = 6

  init(_ source: String) {
    isStem = source.hasSuffix("*")
    text = isStem ? String(source.dropLast()) : source
    bytes = Array(text.utf8)
  }

  func matches(_ word: String) -> Bool {
    (isStem ? word.hasPrefix(text) : word == text) || (isTolerant && isNear(Array(word.utf8)))
  }

  /// Within one typing error, counted after the first letter.
  func isNear(_ word: [UInt8]) -> Bool {
    let longest = bytes.count + (isStem ? Self.longestEnding : 1)
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
