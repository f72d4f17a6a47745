/// Tells what a French message is about, without a model: weighted words and phrases of `TopicLexicon`.
///
/// Accents, capitals, punctuation and single typing errors don't matter. Each pattern counts at most twice, so that a
/// pasted CV or offer full of one word doesn't drown the question. The highest sum wins; a tie, or a sum below
/// `threshold`, is `.autre`.
package enum TopicClassifier {
  /// One weak word alone (« contact », « metier ») says too little.
  private static let threshold = 2
  private static let mostPerPattern = 2

  package static func classify(_ message: String) -> Topic {
    let scores = scores(of: words(in: message))
    guard let best = scores.max(by: { $0.value < $1.value }), best.value >= threshold else { return .autre }
    return scores.values.count { $0 == best.value } == 1 ? best.key : .autre
  }

  /// The id of the topic's specialisation that a message asks for, by the words of its prepared advice; nil when it
  /// names none, and for `.autre`.
  package static func specialisation(of message: String, in topic: Topic) -> String? {
    AdviceFinder.finder(for: topic)?.find(in: words(in: message))?.choice.specialisation
  }

  /// The words of a message that can tell its subject.
  static func words(in message: String) -> [String] {
    FrenchWords.words(in: message).filter { !stopWords.contains($0) }
  }

  private static let stopWords = {
    var tree = WordTree()
    for word in TopicLexicon.stopWords { tree.insert(Array(word.utf8), isStem: false, index: 0) }
    return tree
  }()

  private static func scores(of words: [String]) -> [Topic: Int] {
    var scores: [Topic: Int] = [:]
    for (index, count) in table.counts(in: words).enumerated() where count > 0 {
      let entry = TopicLexicon.entries[index]
      guard entry.weight != 0 else { continue }
      scores[entry.topic, default: 0] += min(count, mostPerPattern) * entry.weight
    }
    return scores
  }

  private static let table = WordPatterns(TopicLexicon.entries.map(\.pattern))
}
