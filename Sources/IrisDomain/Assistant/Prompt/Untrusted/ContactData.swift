/// Addresses and telephone numbers in what another app stored: a CV is full of them, and no advice needs them.
enum ContactData {
  /// The text with each e-mail address and each long number (nine digits or more, single separators between them, as
  /// telephone and account numbers are written) replaced by a word for it. Dates and years stay.
  static func masked(_ text: String) -> String {
    maskedNumbers(maskedAddresses(text))
  }

  private static func maskedAddresses(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
    var result = String.UnicodeScalarView()
    var word = String.UnicodeScalarView()
    func flush() {
      result.append(contentsOf: word.contains("@") && word.count > 2 ? "(e-mail)".unicodeScalars : word)
      word = String.UnicodeScalarView()
    }
    for scalar in text.unicodeScalars {
      if endsWord(scalar) {
        flush()
        result.append(scalar)
      } else {
        word.append(scalar)
      }
    }
    flush()
    return String(result)
  }

  private static func endsWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\"", "'", "(", ")", ",", ";", ":", "[", "]", "{", "}", " ": true
    default: (scalar.value < 0x21 || scalar.value > 0x7E) && scalar.properties.isWhitespace
    }
  }

  private static let fewestDigits = 9

  private static let separators: [Unicode.Scalar] = [" ", ".", "-", "/", "\u{A0}", "\u{202F}"]

  private static func maskedNumbers(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    // The number under way, and the separator that may or may not belong to it.
    var (number, digits, separator) = (String.UnicodeScalarView(), 0, Unicode.Scalar?.none)
    func flush() {
      result.append(contentsOf: digits >= fewestDigits ? "(numéro)".unicodeScalars : number)
      if let separator { result.append(separator) }
      (number, digits, separator) = (String.UnicodeScalarView(), 0, nil)
    }
    for scalar in text.unicodeScalars {
      let isDigit = ("0"..."9").contains(scalar)
      if isDigit || number.isEmpty && scalar == "+" {
        if let gap = separator { number.append(gap) }
        separator = nil
        number.append(scalar)
        digits += isDigit ? 1 : 0
      } else if !number.isEmpty, separator == nil, separators.contains(scalar) {
        separator = scalar
      } else if number.isEmpty {
        result.append(scalar)
      } else {
        flush()
        result.append(scalar)
      }
    }
    flush()
    return String(result)
  }
}
