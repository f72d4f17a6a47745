/// What a provider returned, whichever it was.
package struct Answer: Equatable, Sendable {
  package let text: String
  package let finish: Finish
  /// The model that answered, as it names itself; nil when it doesn't say.
  package let modelVersion: String?
  package let usage: TokenUsage
  /// Mean natural logarithm of the tokens' probabilities (Gemini's `avgLogprobs`), ≤ 0; nil when not given.
  package let averageLogProbability: Double?

  package init(
    text: String, finish: Finish, modelVersion: String? = nil, usage: TokenUsage = .unknown,
    averageLogProbability: Double? = nil
  ) {
    self.text = text
    self.finish = finish
    self.modelVersion = modelVersion
    self.usage = usage
    self.averageLogProbability = averageLogProbability
  }

  /// How an answer ended. The raw values are those of the API's `finish`.
  package enum Finish: String, CaseIterable, Sendable {
    case complete
    /// The model ran into its output limit.
    case truncated
    /// The model's safety filter refused the question or the answer.
    case blocked
    /// No model was reachable; the offline Alessio answered.
    case fallback
  }
}

/// Tokens of one call as the provider counted them. Nil is unknown: never read it as 0.
package struct TokenUsage: Equatable, Sendable {
  /// Includes `cached`.
  package let prompt: Int?
  package let cached: Int?
  package let candidates: Int?
  /// Thought tokens; billed like output.
  package let thoughts: Int?
  package let total: Int?

  package init(prompt: Int?, cached: Int?, candidates: Int?, thoughts: Int?, total: Int?) {
    self.prompt = prompt
    self.cached = cached
    self.candidates = candidates
    self.thoughts = thoughts
    self.total = total
  }

  package static let unknown = TokenUsage(prompt: nil, cached: nil, candidates: nil, thoughts: nil, total: nil)
}
