/// What a person said of themself that a new summary leaves out, kept word for word below it.
///
/// A summary is written by a model, and models drop a name or a number now and then; after ten foldings little would be
/// left of what was said once. These lines see to it that a fact which was told outlives every folding.
enum KeptWords {
  static let heading = "Mots de la personne :"
  /// Bytes that the lines may take together, about 260 tokens.
  private static let mostBytes = 900
  private static let longestLine = 160

  /// The summary with the lines below it that it needs.
  /// - Parameter fold: what was summarised; its old summary may have lines already.
  static func completed(_ summary: String, from fold: Fold) -> String {
    let body = split(summary).body
    let known = Set(FrenchWords.words(in: body))
    let told = split(fold.summary ?? "").lines + fold.turns.flatMap { statements(in: $0.question) }
    let lost = told.enumerated().filter { !isCovered($0.element, by: known) }
      .map { (order: $0.offset, text: $0.element, rank: Rank($0.element)) }
    var lines: [(order: Int, text: String)] = []
    var left = mostBytes
    for rank in Rank.allCases {
      for (order, text, found) in lost where found == rank {
        guard text.utf8.count + 3 <= left, !lines.contains(where: { $0.text == text }) else { continue }
        left -= text.utf8.count + 3
        lines.append((order, text))
      }
    }
    guard !lines.isEmpty else { return body }
    let kept = lines.sorted { $0.order < $1.order }.map { "\n- " + $0.text }.joined()
    let room = ContextWindow.bytes(for: Memory.summaryTokens) - kept.utf8.count - heading.utf8.count - 2
    return body.cut(toBytes: room) + "\n\n" + heading + kept
  }

  /// What is worth more when not everything fits, the older before the newer.
  private enum Rank: CaseIterable {
    /// Of the person, with a name, a place or a number.
    case precise
    /// Of the person.
    case own
    /// With a name or a number only.
    case marked

    /// nil: nothing to keep.
    init?(_ text: String) {
      let isOwn = FrenchWords.words(in: text).contains(where: firstPerson.contains)
      switch (isOwn, !marks(of: text).isEmpty) {
      case (true, true): self = .precise
      case (true, false): self = .own
      case (false, true): self = .marked
      case (false, false): return nil
      }
    }
  }

  private static let firstPerson: Set<String> = [
    "je", "j", "jai", "mon", "ma", "mes", "moi", "nous", "notre", "nos", "i", "my", "im", "we", "our",
  ]

  /// A summary without its lines, and the lines.
  private static func split(_ summary: String) -> (body: String, lines: [String]) {
    let parts = summary.split(separator: heading, maxSplits: 1, omittingEmptySubsequences: false)
    let lines =
      parts.count < 2 ? [] : parts[1].split(separator: "\n").filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }
    return (Normalisation.clean(String(parts.first ?? "")), lines.map(String.init))
  }

  /// The sentences that state something. What asks is not kept, nor what tries to steer, nor what is nobody's business
  /// here: despair, health, beliefs (GDPR, article 9).
  private static func statements(in question: String) -> [String] {
    guard !Distress.isSigned(in: question) else { return [] }
    var sentences: [String] = []
    var sentence = ""
    for character in UntrustedText.data(question) + "\n" {
      guard !character.isNewline, !".!?…".contains(character) else {
        if character != "?" { sentences.append(Normalisation.clean(sentence)) }
        sentence = ""
        continue
      }
      sentence.append(character)
    }
    return sentences.filter { text in
      (8...longestLine).contains(text.utf8.count) && Rank(text) != nil && !Injection.isSuspected(in: text)
        && !intimate.matches(FrenchWords.words(in: text))
    }
  }

  private static let intimate = WordPatterns(
    WordPatterns.list(
      """
      malad*, cancer*, depress*, bipolaire*, anxi*, burn out, burnout, medicament*, traitement, hopital, hospitalis*,
      psychiatr*, psychologue*, enceinte, grossesse, fausse couche, fiv, vih, seroposit*, alcool*, addict*, handicap*,
      autis*, tdah, religi*, musulman*, juif, juive, catholique*, chretien*, syndicat*, syndique*, homosexuel*, gay,
      lesbienne*, transgenre*, ill, illness, disease, pregnan*, disab*, religio*
      """))

  /// Names, places, acronyms and numbers, folded: words with a digit, and words with a capital that open no sentence.
  private static func marks(of text: String) -> [String] {
    let words = text.split { !($0.isLetter || $0.isNumber) }
    return words.enumerated().filter { index, word in
      word.contains(where: \.isNumber) || word.count > 1 && word.contains(where: \.isUppercase) && index > 0
    }.flatMap { FrenchWords.words(in: String($0.element)) }
  }

  /// Whether a summary says it already: every name and number of it, or most of its longer words.
  private static func isCovered(_ text: String, by known: Set<String>) -> Bool {
    let marks = marks(of: text)
    if !marks.isEmpty { return marks.allSatisfy(known.contains) }
    let words = FrenchWords.words(in: text).filter { $0.utf8.count >= 5 }
    return words.count { known.contains($0) } * 5 >= words.count * 3
  }
}
