/// Judges an answer before the user sees it.
package enum AnswerReview {
  /// How far the answer can be relied on, 0…1.
  ///
  /// A blocked or empty answer is 0, an offline one exactly 0.5. Otherwise:
  ///
  ///     ending × safety × certainty × (0.3 + 0.7 · min(substance, relevance, language))
  ///
  /// The weakest of the three decides: a long and certain answer in the wrong language, or of one word, helps nobody.
  ///
  /// - ending: 1 for a complete answer, 0.8 for a truncated one.
  /// - safety: by the worst rating of the provider's filter: 1 up to low or when not given, 0.8 for medium, 0.5 for high.
  /// - certainty: e^averageLogProbability, the geometric mean probability of the tokens; 0.8 when not given, what
  ///   models that do say usually reach.
  /// - substance: length against what the question calls for: four times its own, within 20 to 240 characters.
  /// - relevance: 1 when the answer is on the question's topic, or that topic is `.autre`; 0.7 when the answer shows
  ///   none; 0.4 when it shows another.
  /// - language: 0.5 when the answer is in the one language of French and English and its question in the other, which a
  ///   translation may well be; else 1.
  package static func confidence(for answer: Answer, message: String, topic: Topic) -> Double {
    switch answer.finish {
    case .fallback: return 0.5
    case .blocked: return 0
    case .complete, .truncated: break
    }
    let expected = min(240, max(20, 4 * message.unicodeScalars.count))
    // More than is expected makes no difference, so nobody counts it.
    let length = answer.text.unicodeScalars.lazy.filter { !$0.properties.isWhitespace }.prefix(expected).count
    guard length > 0 else { return 0 }
    let substance = min(1, Double(length) / Double(expected))
    let language = speaksLanguage(of: message, answer.text) ? 1 : 0.5
    let fit = 0.3 + 0.7 * min(substance, relevance(of: answer.text, to: topic), language)
    return fit * certainty(answer.averageLogProbability) * safety(answer.concern)
      * (answer.finish == .complete ? 1 : 0.8)
  }

  private static func safety(_ concern: SafetyConcern?) -> Double {
    switch concern {
    case nil, .negligible, .low: 1
    case .medium: 0.8
    case .high: 0.5
    }
  }

  private static func certainty(_ averageLogProbability: Double?) -> Double {
    guard let logarithm = averageLogProbability, logarithm.isFinite else { return 0.8 }
    return exponential(min(0, max(-20, logarithm)))
  }

  private static func relevance(of text: String, to topic: Topic) -> Double {
    guard topic != .autre else { return 1 }
    switch TopicClassifier.classify(text) {
    case topic: return 1
    case .autre: return 0.7
    default: return 0.4
    }
  }

  private static func speaksLanguage(of message: String, _ text: String) -> Bool {
    guard let asked = TextLanguage.of(message), let answered = TextLanguage.of(text) else { return true }
    return asked == answered
  }

  /// e^x for -20 ≤ x ≤ 0, right to six digits; the standard library alone has none. (1 + t + t²/2)^1024, t = x/1024.
  private static func exponential(_ x: Double) -> Double {
    let part = x / 1024
    var power = 1 + part + part * part / 2 + part * part * part / 6
    for _ in 0..<10 { power *= power }
    return power
  }
}
