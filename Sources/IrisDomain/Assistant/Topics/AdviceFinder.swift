/// Finds the prepared advice of a domain that a message asks for, and with it the specialisation.
///
/// Each sign that occurs counts three, each hint one, however often; the highest sum wins, the earlier advice a tie.
struct AdviceFinder: Sendable {
  struct Choice: Sendable {
    /// Nil for a subject outside the specialisations.
    let specialisation: String?
    let advice: Advice
  }

  static let signWeight = 3
  private static let hintWeight = 1

  private let choices: [Choice]
  private let table: WordPatterns
  /// By pattern of the table: whose it is, and what it counts. The known words at its end are nobody's.
  private let marks: [(choice: Int, weight: Int)]

  init(_ domain: TopicCatalogue.Domain) {
    choices =
      domain.specialisations.flatMap { field in field.advice.map { Choice(specialisation: field.id, advice: $0) } }
      + domain.otherAdvice.map { Choice(specialisation: nil, advice: $0) }
    var patterns: [String] = []
    var marks: [(choice: Int, weight: Int)] = []
    for (index, choice) in choices.enumerated() {
      patterns += choice.advice.signs + choice.advice.hints
      marks += choice.advice.signs.map { _ in (index, Self.signWeight) }
      marks += choice.advice.hints.map { _ in (index, Self.hintWeight) }
    }
    table = WordPatterns(patterns + TopicLexicon.knownWords)
    self.marks = marks
  }

  /// The best choice and its sum, at least `least`; nil when the words ask for nothing known.
  /// - Parameter words: a message by `TopicClassifier.words`.
  func find(in words: [String], least: Int = 1) -> (choice: Choice, sum: Int)? {
    var sums = [Int](repeating: 0, count: choices.count)
    for (mark, count) in zip(marks, table.counts(in: words)) where count > 0 { sums[mark.choice] += mark.weight }
    guard let best = sums.max(), best >= least, let index = sums.firstIndex(of: best) else { return nil }
    return (choices[index], best)
  }

  /// The finder of a topic; nil for `.autre`. Each is made when it is first asked for.
  static func finder(for topic: Topic) -> AdviceFinder? {
    switch topic {
    case .reconversion: reconversion
    case .cv: cv
    case .lettre: lettre
    case .entretien: entretien
    case .strategie: strategie
    case .autre: nil
    }
  }

  private static let reconversion = AdviceFinder(.reconversion)
  private static let cv = AdviceFinder(.cv)
  private static let lettre = AdviceFinder(.lettre)
  private static let entretien = AdviceFinder(.entretien)
  private static let strategie = AdviceFinder(.strategie)
}
