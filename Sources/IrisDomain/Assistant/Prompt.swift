/// One question with its answer, as it enters later prompts.
package struct Turn: Equatable, Sendable {
  /// The id under which the turn is kept, a UUIDv7; nil where it is not stored yet.
  package let id: String?
  package let question: String
  package let answer: String

  package init(id: String? = nil, question: String, answer: String) {
    self.id = id
    self.question = question
    self.answer = answer
  }
}

/// Everything one model call needs, provider-neutral. The message is the last content and the user's own, always:
/// newer Gemini models refuse a request that ends with a model turn.
package struct Prompt: Equatable, Sendable {
  package let systemInstruction: String
  /// Oldest first.
  package let turns: [Turn]
  package let message: String
  /// Limit for the answer; a thinking model's thoughts count against it.
  package let maxOutputTokens: Int

  package init(systemInstruction: String, turns: [Turn], message: String, maxOutputTokens: Int) {
    self.systemInstruction = systemInstruction
    self.turns = turns
    self.message = message
    self.maxOutputTokens = maxOutputTokens
  }

  /// Alessio's prompt for a message, with as much of the conversation as the tier and the budget allow.
  /// - Parameters:
  ///   - turns: the finished turns of the session, oldest first.
  ///   - contextTokens: tokens the whole prompt may take, system instruction included.
  ///   - keep: at most this many of the last turns; nil for all that fit.
  package static func alessio(
    topic: Topic, message: String, turns: [Turn], contextTokens: Int, keep: Int?, maxOutputTokens: Int
  ) -> Prompt {
    let instruction = Alessio.systemInstruction(topic: topic)
    let budget = contextTokens - ContextWindow.tokens(in: instruction) - ContextWindow.tokensPerContent
    return Prompt(
      systemInstruction: instruction,
      turns: ContextWindow.fit(turns: turns, message: message, budget: budget, keep: keep),
      message: message, maxOutputTokens: maxOutputTokens)
  }

  /// The same rule that fitted the turns, for comparison with what the provider counted.
  package var estimatedTokens: Int {
    let contents = ContextWindow.tokens(in: systemInstruction) + ContextWindow.tokens(in: message)
    return turns.reduce(contents + 2 * ContextWindow.tokensPerContent) { $0 + ContextWindow.tokens(of: $1) }
  }
}
