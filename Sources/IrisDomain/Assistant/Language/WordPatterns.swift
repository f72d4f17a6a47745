/// A compiled list of word patterns, searched in one pass over the words of a message.
///
/// A pattern is one or more words, as `FrenchWords` spells them, separated by spaces: `cv` is that word, `reconver*`
/// every word that begins so, `bilan competenc*` two neighbours; in `avaler * cachets` any word may stand between. A word
/// that matches nothing and stands within one typing error (letter missing, added, wrong, or two swapped) of a pattern
/// word of five letters or more counts as it. The first letter must be right: it nearly always is, and it keeps the
/// search short. What may precede it is an elision without its apostrophe (`lentretien`).
///
/// A table has some thousands of words and each worker its own copy, so nothing in it is an allocation of its own: letters,
/// words and patterns lie in one row each, fewer than 65,536 of them.
package struct WordPatterns: Sendable {
  /// Of all words, one after the other.
  private let letters: [UInt8]
  private let words: [PatternWord]
  /// Where each pattern's words begin, and at the end where the last one's end.
  private let starts: [UInt16]
  private let first: WordTree
  /// First words that forgive a typing error, by their first letters, equal ones beside each other.
  private let tolerant: [Tolerant]
  private let tolerantFrom: [UInt8: Range<Int>]

  /// A first word that forgives a typing error, and a pattern that begins with it.
  private struct Tolerant: Sendable {
    let word: PatternWord
    let pattern: UInt16
  }

  /// Compiles patterns; results are reported by their position in this list.
  package init(_ sources: [String]) {
    var letters: [UInt8] = []
    var words: [PatternWord] = []
    var starts: [UInt16] = [0]
    for source in sources {
      for word in source.split(separator: " ") {
        let isStem = word.hasSuffix("*")
        let bytes = (isStem ? word.dropLast() : word).utf8
        words.append(PatternWord(start: UInt16(letters.count), count: UInt8(bytes.count), isStem: isStem))
        letters += bytes
      }
      starts.append(UInt16(words.count))
    }
    var first = WordTree()
    var tolerant: [Tolerant] = []
    for (index, (start, end)) in zip(starts, starts.dropFirst()).enumerated() where start < end {
      let word = words[Int(start)]
      guard word.count > 0 else { continue }
      first.insert(letters[word.range], isStem: word.isStem, index: index)
      if word.isTolerant { tolerant.append(Tolerant(word: word, pattern: UInt16(index))) }
    }
    first.compact()
    tolerant.sort { letters[$0.word.range].lexicographicallyPrecedes(letters[$1.word.range]) }
    self.letters = letters.withoutSpareRoom
    self.words = words.withoutSpareRoom
    self.starts = starts.withoutSpareRoom
    self.first = first
    self.tolerant = tolerant.withoutSpareRoom
    tolerantFrom = Dictionary(
      tolerant.indices.map { (letters[tolerant[$0].word.range.lowerBound], $0..<$0 + 1) },
      uniquingKeysWith: { $0.lowerBound..<$1.upperBound })
  }

  /// The patterns of a text that separates them by commas or ends of lines.
  package static func list(_ text: String) -> [String] {
    text.split(whereSeparator: { $0 == "," || $0 == "\n" })
      .map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty }
  }

  /// How often each pattern occurs in the words, in the order of the sources.
  package func counts(in typed: [String]) -> [Int] {
    var counts = [Int](repeating: 0, count: starts.count - 1)
    for start in typed.indices {
      for index in candidates(for: typed[start]) where continues(index, in: typed, from: start) {
        counts[index] += 1
      }
    }
    return counts
  }

  /// Whether any pattern occurs.
  package func matches(_ typed: [String]) -> Bool {
    typed.indices.contains { start in
      candidates(for: typed[start]).contains { continues($0, in: typed, from: start) }
    }
  }

  /// Patterns whose first word this is.
  private func candidates(for typed: String) -> [Int] {
    let found = first.find(typed[...].utf8)
    guard found.isEmpty, typed.utf8.count >= PatternWord.shortestTolerant - 1 else { return found }
    let bytes = Array(typed.utf8)
    if Spelling.hidesElision(bytes) {
      let rest = first.find(typed.dropFirst().utf8)
      if !rest.isEmpty { return rest }
    }
    return near(bytes)
  }

  /// Patterns whose first word is this but for a typing error.
  private func near(_ typed: [UInt8]) -> [Int] {
    guard let range = tolerantFrom[typed[0]] else { return [] }
    var found: [Int] = []
    var last: (word: PatternWord, isNear: Bool)?
    for entry in tolerant[range] where mayBe(entry.word, typed) {
      // Equal words are judged once.
      if last?.word.isStem != entry.word.isStem || last.map({ letters[$0.word.range] }) != letters[entry.word.range] {
        last = (entry.word, spelling(entry.word).isNear(typed))
      }
      if last?.isNear == true { found.append(Int(entry.pattern)) }
    }
    return found
  }

  /// Rules out most words without a look at all their letters: one error leaves the second letter in its place, or the
  /// third, or moves one of them by a place.
  private func mayBe(_ word: PatternWord, _ typed: [UInt8]) -> Bool {
    let (second, third) = (letters[word.range.lowerBound + 1], letters[word.range.lowerBound + 2])
    return second == typed[1] || third == typed[2] || third == typed[1] || second == typed[2]
  }

  private func continues(_ pattern: Int, in typed: [String], from start: Int) -> Bool {
    let words = words[Int(starts[pattern])..<Int(starts[pattern + 1])]
    guard start + words.count <= typed.count else { return false }
    return zip(words, typed[start...]).dropFirst().allSatisfy { spelling($0).matches($1) }
  }

  private func spelling(_ word: PatternWord) -> Spelling {
    Spelling(bytes: letters[word.range], isStem: word.isStem)
  }
}

/// Where the letters of one word of a pattern are.
private struct PatternWord: Sendable {
  let start: UInt16
  let count: UInt8
  /// Written with a final `*`: the beginning of a word.
  let isStem: Bool

  var range: Range<Int> { Int(start)..<Int(start) + Int(count) }

  /// Shorter words have too many neighbours that mean something else (`star`, `stars`, `tard`).
  var isTolerant: Bool { count >= Self.shortestTolerant }
  static let shortestTolerant = 5
}

/// The letters of one word of a pattern, a whole one or the beginning of one, and what counts as it.
private struct Spelling {
  let bytes: ArraySlice<UInt8>
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

  func matches(_ typed: String) -> Bool {
    let word = Array(typed.utf8)
    if isIt(word[...]) { return true }
    if bytes.count >= PatternWord.shortestTolerant && isNear(word) { return true }
    return Self.hidesElision(word) && isIt(word.dropFirst())
  }

  private func isIt(_ word: ArraySlice<UInt8>) -> Bool {
    isStem ? word.starts(with: bytes) : word == bytes
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
    while at < word.count, at < bytes.count, word[at] == letter(at) { at += 1 }
    if at == bytes.count { return isStem || word.count <= at + 1 }
    guard at > 0 else { return false }
    return agrees(word, from: at + 1, with: at + 1) || agrees(word, from: at + 1, with: at)
      || agrees(word, from: at, with: at + 1) || isSwap(word, at: at)
  }

  private func isSwap(_ word: [UInt8], at index: Int) -> Bool {
    guard index + 1 < word.count, index + 1 < bytes.count else { return false }
    return word[index] == letter(index + 1) && word[index + 1] == letter(index)
      && agrees(word, from: index + 2, with: index + 2)
  }

  /// Whether the word from one place on is (or, for a stem, begins with) the pattern from another place on.
  private func agrees(_ word: [UInt8], from wordStart: Int, with patternStart: Int) -> Bool {
    let wanted = bytes.count - patternStart
    let given = word.count - wordStart
    guard given >= 0, isStem ? given >= wanted : given == wanted else { return false }
    for step in 0..<wanted where word[wordStart + step] != letter(patternStart + step) { return false }
    return true
  }

  private func letter(_ place: Int) -> UInt8 { bytes[bytes.startIndex + place] }
}
