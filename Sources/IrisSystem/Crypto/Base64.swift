/// Base64 with padding (RFC 4648 §4), as MIME and webhook signatures have it.
package enum Base64 {
  /// The text of the bytes: 4 characters for every 3 bytes or their rest.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text = Base64URL.encode(bytes).utf8.map(standardLetter)
    text.append(contentsOf: repeatElement(padding, count: (4 - text.count % 4) % 4))
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a text whose padding may be missing, as in keys that were copied; nil when it is nothing else than that.
  package static func decode(_ text: String) -> [UInt8]? {
    var letters = Array(text.utf8)
    while letters.last == padding, text.utf8.count - letters.count < 2 { letters.removeLast() }
    guard letters.count == text.utf8.count || text.utf8.count % 4 == 0, !letters.contains(where: isURLLetter) else {
      return nil
    }
    return Base64URL.decode(letters.map(urlLetter))
  }

  private static let padding = UInt8(ascii: "=")

  private static func standardLetter(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "-"): UInt8(ascii: "+")
    case UInt8(ascii: "_"): UInt8(ascii: "/")
    default: letter
    }
  }

  private static func urlLetter(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "+"): UInt8(ascii: "-")
    case UInt8(ascii: "/"): UInt8(ascii: "_")
    default: letter
    }
  }

  private static func isURLLetter(_ letter: UInt8) -> Bool {
    letter == UInt8(ascii: "-") || letter == UInt8(ascii: "_")
  }
}
