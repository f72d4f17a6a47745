/// Everything one model call needs, provider-neutral. Providers send `systemInstruction` and `contents` as they stand.
///
/// What never varies comes first and what varies last, so that a conversation that grows keeps its bytes up to the last
/// stored answer and providers can cache them: the system instruction, the summary of what is older, the turns, and at
/// the end one content with the server's frame and the message. Newer Gemini models refuse a request that ends with a
/// model turn.
package struct Prompt: Equatable, Sendable {
  package let systemInstruction: String
  /// What older turns said, where they are folded into a summary.
  package let summary: String?
  /// Oldest first.
  package let turns: [Turn]
  /// What the server says about this message, and marked data about the person. Empty: the message goes alone.
  package let frame: String
  package let message: String
  /// Limit for the answer; a thinking model's thoughts count against it.
  package let maxOutputTokens: Int

  package init(
    systemInstruction: String, summary: String? = nil, turns: [Turn], frame: String = "", message: String,
    maxOutputTokens: Int
  ) {
    self.systemInstruction = systemInstruction
    self.summary = summary
    self.turns = turns
    self.frame = frame
    self.message = message
    self.maxOutputTokens = maxOutputTokens
  }

  /// One side's words, in one or more parts; a part is never empty.
  package struct Content: Equatable, Sendable {
    package enum Role: String, Sendable {
      case user, model
    }

    package let role: Role
    package let parts: [String]
  }

  /// What follows the system instruction, in order. Roles alternate and the last is the user's. A turn without question
  /// or answer is left out, because providers refuse an empty part.
  package var contents: [Content] {
    var contents: [Content] = []
    if let summary, !summary.isEmpty {
      contents.append(Content(role: .user, parts: [Frame.block(.summary, summary)]))
      contents.append(Content(role: .model, parts: [Frame.acknowledgement]))
    }
    for turn in turns where !turn.question.isEmpty && !turn.answer.isEmpty {
      contents.append(Content(role: .user, parts: [turn.question]))
      contents.append(Content(role: .model, parts: [turn.answer]))
    }
    contents.append(
      Content(role: .user, parts: frame.isEmpty ? [message] : [frame, Frame.block(.message, message)]))
    return contents
  }

  /// Our estimate of the whole, uncorrected: what `TokenCorrection` compares with the provider's count.
  package var estimatedTokens: Int {
    contents.reduce(ContextWindow.tokens(in: systemInstruction) + ContextWindow.tokensPerContent) { sum, content in
      content.parts.reduce(sum + ContextWindow.tokensPerContent) { $0 + ContextWindow.tokens(in: $1) }
    }
  }
}

extension Prompt {
  /// Alessio's prompt for a message, with as much of what is known as the tier and the budget allow.
  ///
  /// The system instruction and the message are always there. What else fits is taken in this order: the frame's
  /// guidance, the profile, the shared context (both up to a share, see `Frame`), the summary, the turns from the newest.
  /// - Parameters:
  ///   - specialisation: a specialisation's id of the topic, where the message shows one.
  ///   - isDistressed: `Distress.isSigned` of the question; nil: not looked at yet.
  ///   - profile: what the person declared, with French labels.
  ///   - context: JSON text that another app stored for the person.
  ///   - keep: at most this many of the last turns; nil for all that fit.
  package static func alessio(
    question: String, topic: Topic, specialisation: String? = nil, isDistressed: Bool? = nil,
    profile: [(label: String, value: String)] = [],
    context: String? = nil, memory: Memory, budget: TokenBudget, keep: Int?, maxOutputTokens: Int
  ) -> Prompt {
    let message = UntrustedText.spoken(question)
    var room = budget.limit - budget.cost(ofContent: Alessio.systemInstruction)
    room -= budget.cost(ofContent: Frame.block(.message, message))
    let guidance =
      isDistressed ?? Distress.isSigned(in: question)
      ? Guidance.distress : Guidance.text(topic: topic, specialisation: specialisation)
    let frame = Frame.text(guidance: guidance, profile: profile, context: context, room: room, budget: budget)
    room -= budget.corrected(ContextWindow.tokens(in: frame))
    let summary = memory.preparedSummary(room: room, budget: budget)
    room -= summary.map { Memory.cost(ofSummary: $0, budget: budget) } ?? 0
    let turns = ContextWindow.fit(turns: memory.turns, room: room, budget: budget, keep: keep)
    return Prompt(
      systemInstruction: Alessio.systemInstruction, summary: summary, turns: turns, frame: frame, message: message,
      maxOutputTokens: maxOutputTokens)
  }
}
