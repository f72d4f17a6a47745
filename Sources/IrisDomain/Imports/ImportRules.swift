/// What may be taken over from another product.
package enum ImportRules {
  /// Of a message, in Unicode scalars: that product's questions may have been longer than ours.
  package static let messageLength = 1...100_000
  /// Of an old id.
  package static let idLength = 1...200
  /// Of a type of event or error.
  package static let typeLength = 1...64
  /// Of a template, in Unicode scalars.
  package static let templateLength = 200
  /// No product of this kind is older: 2000-01-01, in microseconds since 1970.
  package static let earliest: Int64 = 946_684_800_000_000

  /// A name that only a program gives: `chat_request`, `auth.failed`.
  package static func isName(_ text: String) -> Bool {
    typeLength.contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
  }

  /// The template behind an error's message: what varies, which may be a user's, becomes a mark. Numbers and whatever holds
  /// a digit become `#`, e-mail addresses `<address>`, quoted text `<text>`.
  package static func template(_ message: String) -> String {
    var words: [String] = []
    for word in unquoted(message).split(whereSeparator: \.isWhitespace) {
      if word.contains("@") {
        words.append("<address>")
      } else if word.unicodeScalars.contains(where: { $0.properties.numericType != nil }) {
        words.append("#")
      } else {
        words.append(String(word))
      }
    }
    return String(String.UnicodeScalarView(words.joined(separator: " ").unicodeScalars.prefix(templateLength)))
  }

  /// Between two equal quotation marks stands what somebody gave; an apostrophe within a word is none.
  private static func unquoted(_ message: String) -> String {
    var kept = String.UnicodeScalarView()
    var closing: Unicode.Scalar?
    var previous: Unicode.Scalar = " "
    for scalar in message.unicodeScalars {
      if let mark = closing {
        if scalar == mark { closing = nil }
      } else if let mark = closingMark(scalar, after: previous) {
        closing = mark
        kept.append(contentsOf: "<text>".unicodeScalars)
      } else {
        kept.append(scalar)
      }
      previous = scalar
    }
    return String(kept)
  }

  private static func closingMark(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar {
    case "\"", "`": scalar
    case "«": "»"
    case "“": "”"
    case "'": previous.properties.isAlphabetic ? nil : "'"
    default: nil
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"):
      true
    default: false
    }
  }
}
