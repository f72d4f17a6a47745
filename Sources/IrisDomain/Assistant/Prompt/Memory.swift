/// What a conversation remembers: a summary of its older turns (premium), and the turns since, oldest first.
package struct Memory: Equatable, Sendable {
  package var summary: String?
  package var turns: [Turn]

  package init(summary: String? = nil, turns: [Turn] = []) {
    self.summary = summary
    self.turns = turns
  }

  /// Turns that are never folded: what was just said stays verbatim.
  package static let verbatimTurns = QuotaRules.freeTurns
  /// Tokens a summary may take.
  package static let summaryTokens = 600

  /// How full the room may get before turns are folded, and how full it is after. Between the two the prompt's prefix
  /// stays the same, and a summary is made every few turns at most.
  private static let foldAbove = 0.6
  private static let foldDownTo = 0.3

  /// Which turns to fold into the summary now, if any. Ask after a turn was stored, with that turn in `turns`.
  ///
  /// - Parameter frame: of the prompt that was just answered; the next one will have one of about its size.
  /// - Returns: nil while the turns fill at most 60 % of the room that the next prompt surely leaves them.
  package func fold(budget: TokenBudget, frame: String) -> Fold? {
    let room = Memory.room(frame: frame, budget: budget)
    guard turns.count > Memory.verbatimTurns, room > 0 else { return nil }
    let costs = turns.map { budget.cost(of: $0.prepared(for: budget)) }
    var left = costs.reduce(0, +)
    guard Double(left) > Memory.foldAbove * Double(room) else { return nil }
    let isOverdue = left > room
    var material = SummaryRules.room(budget)
    var count = 0
    while count < turns.count - Memory.verbatimTurns, Double(left) > Memory.foldDownTo * Double(room) {
      left -= costs[count]
      material -= costs[count] + budget.corrected(SummaryRules.tokensAroundTurn)
      // What one prompt can't summarise at once is left to the next; a first turn that is too long is shortened.
      if material < 0, count > 0 { break }
      count += 1
    }
    return Fold(summary: summary, turns: Array(turns[..<count]), isOverdue: isOverdue)
  }

  /// What the next prompt leaves for turns, when its message is as long as messages may be.
  private static func room(frame: String, budget: TokenBudget) -> Int {
    let message = ContextWindow.tokensPerContent + longestMessage
    var room = budget.limit - budget.cost(ofContent: Alessio.systemInstruction) - budget.corrected(message)
    room -= budget.corrected(ContextWindow.tokens(in: frame))
    // Also for a first summary, so that turns fit just as well once it is there.
    return max(0, room - budget.corrected(summaryTokens))
  }

  /// Estimated tokens of 4,000 characters of French, a little over a byte each.
  private static let longestMessage = 1_250

  /// The summary as a prompt may carry it: safe, and within its share; nil when there is none or no room.
  func preparedSummary(room: Int, budget: TokenBudget) -> String? {
    guard let summary else { return nil }
    let text = Memory.cleaned(summary).cut(toBytes: ContextWindow.bytes(for: Memory.summaryTokens))
    return text.isEmpty || Memory.cost(ofSummary: text, budget: budget) > room ? nil : text
  }

  /// Corrected tokens of a summary with what stands around it.
  static func cost(ofSummary text: String, budget: TokenBudget) -> Int {
    budget.cost(ofContent: Frame.block(.summary, text)) + budget.cost(ofContent: Frame.acknowledgement)
  }

  static func cleaned(_ summary: String) -> String { UntrustedText.data(Normalisation.clean(summary)) }
}

/// Turns to be folded into a summary.
package struct Fold: Equatable, Sendable {
  /// The summary so far.
  package let summary: String?
  /// What it doesn't hold yet, oldest first. Its last turn's `id` is how far the new summary reaches.
  package let turns: [Turn]
  /// The next prompt has no room for all of them: without a new summary it forgets the oldest.
  package let isOverdue: Bool
}
