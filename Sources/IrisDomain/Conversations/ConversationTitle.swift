/// What a list shows of a conversation: the beginning of its first question, on one line.
package enum ConversationTitle {
  /// In Unicode scalars, the ellipsis included.
  package static let length = 80
  /// So much of a question is enough to make its title of, in Unicode scalars.
  package static let excerptLength = 320

  /// White space becomes single spaces. What is too long ends after a whole word where there is one in the second half of
  /// the room, else after a whole character, with an ellipsis.
  package static func make(from question: String) -> String {
    // By scalars: a space with a mark over it is one character, whose mark is text.
    let words = question.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
    let line = words.map { String($0) }.joined(separator: " ")
    guard line.unicodeScalars.count > length else { return line }
    var kept = ""
    var scalars = 0
    var wordEnd: (text: String, scalars: Int)?
    for character in line {
      if character == " " { wordEnd = (kept, scalars) }
      scalars += character.unicodeScalars.count
      guard scalars < length else { break }
      kept.append(character)
    }
    if let wordEnd, wordEnd.scalars >= length / 2 { return wordEnd.text + "…" }
    return kept + "…"
  }
}
