/// Addresses and telephone numbers in what another app stored: a CV is full of them, and no advice needs them.
enum ContactData {
  /// The text with each e-mail address and each long number (nine digits or more, single separators between them, as
  /// telephone and account numbers are written) replaced by a word for it. Dates and years stay.
  static func masked(_ text: String) -> String {
    maskedNumbers(maskedAddresses(text))
  }

  private static func maskedAddresses(_ text: String) -> String {
    guard text.contains("@") else { return text }
    var result = ""
    var word = ""
    func flush() {
      result += word.contains("@") && word.count > 2 ? "(e-mail)" : word
      word = ""
    }
    for character in text {
      if character.isWhitespace || "\"'(),;:[]{}".contains(character) {
        flush()
        result.append(character)
      } else {
        word.append(character)
      }
    }
    flush()
    return result
  }

  private static let fewestDigits = 9

  private static func maskedNumbers(_ text: String) -> String {
    var result = ""
    // The number under way, and the separator that may or may not belong to it.
    var (number, digits, separator) = ("", 0, "")
    func flush() {
      result += (digits >= fewestDigits ? "(numéro)" : number) + separator
      (number, digits, separator) = ("", 0, "")
    }
    for character in text {
      if character.isASCII, character.isNumber || number.isEmpty && character == "+" {
        number += separator
        separator = ""
        number.append(character)
        digits += character.isNumber ? 1 : 0
      } else if !number.isEmpty, separator.isEmpty, " .-/\u{A0}\u{202F}".contains(character) {
        separator.append(character)
      } else {
        flush()
        result.append(character)
      }
    }
    flush()
    return result
  }
}
