/// Decides how much of a conversation goes into the next prompt.
package enum ContextWindow {
  /// Tokens a text probably costs, rounded up: two for every seven bytes of UTF-8.
  ///
  /// Google gives about four characters a token for English. French words break into more pieces (accents, elisions,
  /// endings), and its accented letters take two bytes, so 3.5 bytes a token errs a little on the safe side. Bytes are
  /// counted, not characters, because scripts with dearer characters also cost more tokens for each.
  package static func tokens(in text: String) -> Int {
    (text.utf8.count * 2 + 6) / 7
  }

  /// What the role markers around one content cost.
  package static let tokensPerContent = 4

  /// Tokens one turn takes: its question and its answer.
  package static func tokens(of turn: Turn) -> Int {
    tokens(in: turn.question) + tokens(in: turn.answer) + 2 * tokensPerContent
  }

  /// The newest turns, oldest first, that fit with the message into the budget.
  ///
  /// Turns are dropped from the oldest on, never from the middle: a gap would let an answer refer to nothing.
  /// - Parameters:
  ///   - turns: the conversation, oldest first.
  ///   - budget: tokens for the turns and the message together. A message that exceeds it alone leaves no turns.
  ///   - keep: at most this many of the last turns (free tier); nil for all that fit (premium).
  package static func fit(turns: [Turn], message: String, budget: Int, keep: Int?) -> [Turn] {
    var left = budget - tokens(in: message) - tokensPerContent
    var start = turns.endIndex
    let earliest = turns.endIndex - min(turns.count, max(0, keep ?? turns.count))
    while start > earliest {
      left -= tokens(of: turns[start - 1])
      if left < 0 { break }
      start -= 1
    }
    return Array(turns[start...])
  }
}
