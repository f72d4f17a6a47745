/// What a provider returned, whichever it was.
package struct Answer: Equatable, Sendable {
  package let text: String
  package let finish: Finish
  /// The model that answered, as it names itself; nil when it doesn't say.
  package let modelVersion: String?
  package let usage: TokenUsage
  /// Mean natural logarithm of the tokens' probabilities (Gemini's `avgLogprobs`), ≤ 0; nil when not given.
  package let averageLogProbability: Double?
  /// The worst rating that the provider's safety filter gave the answer; nil when it gave none that is known.
  package let concern: SafetyConcern?
  /// Why a blocked answer was withheld; nil unless `finish` is `.blocked`.
  package let block: Block?

  package init(
    text: String, finish: Finish, modelVersion: String? = nil, usage: TokenUsage = .unknown,
    averageLogProbability: Double? = nil, concern: SafetyConcern? = nil, block: Block? = nil
  ) {
    self.text = text
    self.finish = finish
    self.modelVersion = modelVersion
    self.usage = usage
    self.averageLogProbability = averageLogProbability
    self.concern = concern
    self.block = block
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

/// How likely the provider's safety filter thinks an answer does harm (Gemini's `HarmProbability`).
package enum SafetyConcern: Int, Comparable, Sendable {
  case negligible, low, medium, high

  package static func < (left: SafetyConcern, right: SafetyConcern) -> Bool { left.rawValue < right.rawValue }
}

/// What a provider's safety filter withheld, and why.
package struct Block: Equatable, Sendable {
  package enum Stage: String, Sendable {
    /// The question was refused, so the model wrote nothing.
    case question
    /// The answer was stopped or refused.
    case answer
  }

  /// The raw values stand in events.
  package enum Reason: String, Sendable {
    /// One of the adjustable harm categories.
    case safety
    /// Too close to a text that somebody else owns.
    case recitation
    /// A language that the model does not support.
    case language
    /// A forbidden word, or content that is prohibited in any setting.
    case prohibited
    /// Sensitive personal data (Gemini's `SPII`).
    case personalData = "personal_data"
    /// The provider gives no reason, or one that is not documented.
    case other
  }

  package let stage: Stage
  package let reason: Reason

  package init(_ stage: Stage, _ reason: Reason) {
    self.stage = stage
    self.reason = reason
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
