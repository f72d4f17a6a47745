/// Notices signs that a user may be in danger, so that a human answer with the right numbers comes first.
///
/// Errs towards answering: a false alarm costs a kind word. What is left out are set phrases of working life
/// (« en finir avec ce boulot », « me tuer à la tâche », « un suicide professionnel »). Exhaustion or violence at work
/// alone is no such sign: the persona has its own words for them.
package enum Distress {
  package static func isSigned(in message: String) -> Bool {
    let words = spokenWords(in: message)
    if certain.matches(words) && certain.matches(cut(workingLife, from: words)) { return true }
    if possible.matches(words) && possible.matches(cut(setPhrases, from: words)) { return true }
    return final.matches(words) && endsClause(message)
  }

  /// The words as they are meant: SMS spellings written out, and words that are right as they stand kept from passing
  /// for a misspelt sign (« créer » is no « crever »).
  private static func spokenWords(in text: String) -> [String] {
    FrenchWords.words(in: text).flatMap { word in
      if let meant = DistressSigns.spellings[word] { return meant }
      return DistressSigns.otherWords.contains(word) ? ["-" + word] : [word]
    }
  }

  /// Whether one of the `final` signs ends a sentence or a part of one: « je ne veux plus être là », but not « … être la
  /// seule ».
  private static func endsClause(_ message: String) -> Bool {
    message.split(whereSeparator: { ".,;:!?…\n()".contains($0) }).contains { clause in
      let words = spokenWords(in: String(clause))
      return (3...6).contains { final.matches(Array(words.suffix($0))) && words.last == "la" }
    }
  }

  /// The words with each phrase cut out, so that a sign elsewhere in the message still counts.
  private static func cut(_ phrases: [[String]], from words: [String]) -> [String] {
    var kept: [String] = []
    var index = words.startIndex
    while index < words.endIndex {
      if let phrase = phrases.first(where: { words[index...].starts(with: $0) }) {
        index += phrase.count
      } else {
        kept.append(words[index])
        index += 1
      }
    }
    return kept
  }

  private static let certain = WordPatterns(DistressSigns.certain)
  private static let possible = WordPatterns(DistressSigns.possible)
  private static let final = WordPatterns(DistressSigns.final)
  private static let workingLife = phrases(DistressSigns.workingLife)
  private static let setPhrases = phrases(DistressSigns.setPhrases)

  /// Longest first, so that none is cut short by another.
  private static func phrases(_ texts: [String]) -> [[String]] {
    texts.map { $0.split(separator: " ").map(String.init) }.sorted { $0.count > $1.count }
  }
}
