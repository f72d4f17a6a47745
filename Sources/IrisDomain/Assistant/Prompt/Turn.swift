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

  /// The turn as a model may read it: marked safe as `UntrustedText` does it, each side cut to a share of the window.
  ///
  /// The cut depends on the configured limit alone, not on what else is in the prompt, so that a turn keeps its bytes
  /// from one prompt to the next.
  func prepared(for budget: TokenBudget) -> Turn {
    let bytes = ContextWindow.bytes(for: budget.limit / 6)
    return Turn(
      id: id, question: UntrustedText.spoken(question).cut(toBytes: bytes),
      answer: UntrustedText.spoken(answer).cut(toBytes: bytes))
  }
}

extension String {
  /// The text, or as much of its beginning as fits with `…` into so many bytes of UTF-8; nothing below four bytes.
  func cut(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let mark = "…"
    var left = limit - mark.utf8.count
    guard left > 0 else { return "" }
    var end = startIndex
    // By scalars: a character of many marks would let nothing through.
    for index in unicodeScalars.indices {
      left -= UTF8.width(unicodeScalars[index])
      if left < 0 { break }
      end = unicodeScalars.index(after: index)
    }
    return String(unicodeScalars[..<end]) + mark
  }
}
