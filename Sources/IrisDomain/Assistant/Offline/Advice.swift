/// Prepared advice on one subject: what an answer without a model says, and the words of a message that ask for it.
///
/// `signs` name the subject, `hints` only point to it; both are patterns as `WordPatterns` writes them, after
/// `TopicLexicon.stopWords` have gone. Nothing in the text depends on the user.
package struct Advice: Sendable {
  let id: String
  let signs: [String]
  let hints: [String]
  let text: String

  init(_ id: String, signs: String, hints: String = "", _ text: String) {
    self.id = id
    self.signs = WordPatterns.list(signs)
    self.hints = WordPatterns.list(hints)
    self.text = text
  }
}
