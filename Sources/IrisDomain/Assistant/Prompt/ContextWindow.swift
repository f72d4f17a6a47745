/// Estimates what texts cost and decides how much of a conversation goes into the next prompt.
package enum ContextWindow {
  /// Tokens a text probably costs, rounded up: two for every seven bytes of UTF-8.
  ///
  /// Google gives about four characters a token for English. French words break into more pieces (accents, elisions,
  /// endings), and its accented letters take two bytes, so 3.5 bytes a token errs a little on the safe side. Bytes are
  /// counted, not characters, because scripts with dearer characters also cost more tokens for each.
  package static func tokens(in text: String) -> Int {
    (text.utf8.count * 2 + 6) / 7
  }

  /// The most bytes whose estimate is within so many tokens.
  static func bytes(for tokens: Int) -> Int { max(0, tokens) * 7 / 2 }

  /// What the role markers around one content cost.
  package static let tokensPerContent = 4

  /// Tokens one turn takes: its question and its answer.
  package static func tokens(of turn: Turn) -> Int {
    tokens(in: turn.question) + tokens(in: turn.answer) + 2 * tokensPerContent
  }

  /// The newest turns, prepared and oldest first, that fit into the room.
  ///
  /// Turns are dropped from the oldest on, never from the middle: a gap would let an answer refer to nothing.
  /// - Parameters:
  ///   - turns: the conversation, oldest first.
  ///   - room: corrected tokens for the turns.
  ///   - keep: at most this many of the last turns (free tier); nil for all that fit (premium).
  static func fit(turns: [Turn], room: Int, budget: TokenBudget, keep: Int?) -> [Turn] {
    var left = room
    var fitting: [Turn] = []
    for turn in turns.suffix(max(0, keep ?? turns.count)).reversed() {
      let turn = turn.prepared(for: budget)
      left -= budget.cost(of: turn)
      if left < 0 { break }
      fitting.append(turn)
    }
    return fitting.reversed()
  }
}

/// Tokens that one prompt may take, and how far estimates are off.
package struct TokenBudget: Equatable, Sendable {
  /// `IRIS_CONTEXT_TOKENS`: for the whole prompt, system instruction included.
  package let limit: Int
  /// What the provider counts for each token that we estimate; within `TokenCorrection.range`.
  package let correction: Double

  package init(limit: Int, correction: Double = 1) {
    self.limit = limit
    self.correction = TokenCorrection.bounded(correction)
  }

  /// What the provider will probably count where we estimate so many tokens, rounded up.
  package func corrected(_ tokens: Int) -> Int {
    let exact = Double(tokens) * correction
    let whole = Int(exact)
    return Double(whole) < exact ? whole + 1 : whole
  }

  /// Corrected tokens of a text as a content of its own.
  func cost(ofContent text: String) -> Int {
    corrected(ContextWindow.tokens(in: text) + ContextWindow.tokensPerContent)
  }

  func cost(of turn: Turn) -> Int { corrected(ContextWindow.tokens(of: turn)) }

  /// The most bytes whose corrected estimate is within so many tokens.
  func bytes(for tokens: Int) -> Int {
    let estimate = Int(Double(max(0, tokens)) / correction)
    // The division may have been rounded up.
    return ContextWindow.bytes(for: corrected(estimate) > tokens ? estimate - 1 : estimate)
  }
}

/// Learns from the provider's own counts how far `ContextWindow.tokens` is off.
package enum TokenCorrection {
  package static let range = 0.5...3.0
  /// Below so many estimated tokens, role markers and rounding weigh too much to learn from.
  private static let smallestPrompt = 200
  /// What one prompt adds to what is known: some twenty prompts settle it, one odd one changes little.
  private static let weight = 0.1
  /// One count moves the goal by at most this factor, so that a nonsense count does no harm.
  private static let largestStep = 1.5

  /// The correction after one more answer.
  /// - Parameters:
  ///   - old: the correction so far; anything that is no number counts as 1.
  ///   - estimated: `Prompt.estimatedTokens`, uncorrected.
  ///   - counted: the provider's count of the same prompt, cached tokens included.
  package static func updated(_ old: Double, estimated: Int, counted: Int) -> Double {
    let old = bounded(old)
    guard estimated >= smallestPrompt, counted > 0 else { return old }
    let seen = Double(counted) / Double(estimated)
    let goal = min(max(seen, old / largestStep), old * largestStep)
    return bounded(old + weight * (goal - old))
  }

  static func bounded(_ value: Double) -> Double {
    value.isFinite ? min(max(value, range.lowerBound), range.upperBound) : 1
  }
}
