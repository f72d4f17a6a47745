extension AnswerReview {
  /// Ends a truncated answer at its last finished sentence or list item; keeps all of it if there is none.
  ///
  /// A dot in an abbreviation (`M.`, `p. ex.`), a number (`1.`, `3.5`) or an address (`vae.gouv.fr`) ends nothing, nor
  /// does any mark that a small letter follows. Closing quotes, brackets and emoji stay with their sentence. An
  /// unfinished rest of more than 600 characters is no sentence (a table, a draft without full stops) and is kept.
  package static func tidyTruncated(_ text: String) -> String {
    let characters = Array(text)
    guard let end = characters.indices.reversed().lazy.compactMap({ unitEnd(at: $0, in: characters) }).first,
      characters.count - end <= longestLoss
    else { return text }
    return String(characters[..<end])
  }

  private static let longestLoss = 600

  /// Where the text may be cut if a sentence or list item ends at this character, else nil.
  private static func unitEnd(at index: Int, in text: [Character]) -> Int? {
    if text[index].isNewline { return isListItem(endingAt: index, in: text) ? lastInk(before: index, in: text) : nil }
    guard "!?….".contains(text[index]) else { return nil }
    if text[index] == ".", isInnerDot(at: index, in: text) { return nil }
    let end = closersEnd(after: index, in: text)
    guard end < text.count else { return end }
    guard text[end].isWhitespace else { return nil }
    guard let next = text[end...].first(where: { !$0.isWhitespace }) else { return end }
    return next.isLowercase || "!?….".contains(next) ? nil : end
  }

  /// A dot inside or after something that is no sentence: an abbreviation, a single initial, a list number.
  private static func isInnerDot(at index: Int, in text: [Character]) -> Bool {
    let word = wordBefore(index, in: text)
    guard let first = word.first else { return index == 0 || text[index - 1] != "." && isBareStart(index, in: text) }
    if word.count == 1, first.isLetter, first.isUppercase { return true }
    if abbreviations.contains(word.lowercased()) { return true }
    return word.allSatisfy(\.isNumber) && isBareStart(index - word.count, in: text)
  }

  /// Whether only white space and list marks stand between here and the start of the line.
  private static func isBareStart(_ index: Int, in text: [Character]) -> Bool {
    for character in text[..<index].reversed() {
      if character.isNewline { return true }
      if !character.isWhitespace && !"-*•#>".contains(character) { return false }
    }
    return true
  }

  private static func wordBefore(_ index: Int, in text: [Character]) -> String {
    String(text[..<index].reversed().prefix { $0.isLetter || $0.isNumber }.reversed())
  }

  /// Past closing quotes, brackets and emphasis, with the space French puts before `»`, and past emoji.
  private static func closersEnd(after index: Int, in text: [Character]) -> Int {
    var end = index + 1
    while end < text.count {
      let ink = text[end].isWhitespace && !text[end].isNewline ? end + 1 : end
      guard ink < text.count else { break }
      let joins = ink == end ? "»”\"')]*_".contains(text[ink]) : text[ink] == "»"
      guard joins || isEmoji(text[ink]) else { break }
      end = ink + 1
    }
    return end
  }

  private static func isEmoji(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first, scalar.value >= 0x203C else { return false }
    return scalar.properties.isEmojiPresentation || character.unicodeScalars.contains { $0.value == 0xFE0F }
  }

  /// Whether the line that this newline ends is an item of a list, and so complete without a full stop.
  private static func isListItem(endingAt newline: Int, in text: [Character]) -> Bool {
    let start = text[..<newline].lastIndex(where: \.isNewline).map { $0 + 1 } ?? 0
    let line = text[start..<newline].drop(while: \.isWhitespace)
    guard let mark = line.first, line.last != ":" else { return false }
    if "-*•".contains(mark) { return line.dropFirst().first?.isWhitespace == true && line.count > 2 }
    let rest = line.drop(while: \.isNumber)
    return rest.count < line.count && (rest.first == "." || rest.first == ")") && rest.count > 2
  }

  private static func lastInk(before index: Int, in text: [Character]) -> Int? {
    text[..<index].lastIndex { !$0.isWhitespace }.map { $0 + 1 }
  }

  private static let abbreviations: Set<String> = [
    "m", "mm", "mme", "mmes", "mlle", "mgr", "dr", "me", "pr", "st", "ste", "ex", "p", "pp", "cf", "env", "art", "al",
    "av", "apr", "no", "nos", "vol", "chap", "fig", "tel", "tél", "bd", "min", "max", "réf", "ref", "i", "e", "vs",
  ]
}
