/// Writes JSON by hand where the order of members and every byte must be the same each time (RFC 8259).
///
/// Providers cache prompts by their prefix, and `JSONEncoder` promises an order only when it sorts.
struct JSONBytes {
  private(set) var bytes: [UInt8] = []

  init() {}

  /// Appends text that is JSON already: punctuation, numbers, literals.
  mutating func raw(_ json: String) {
    bytes.append(contentsOf: json.utf8)
  }

  /// Appends a string value: quoted, with quote, backslash and control characters escaped (RFC 8259 §7).
  mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x0A: raw("\\n")
      case 0x00..<0x20: raw(byte < 0x10 ? "\\u000" : "\\u00"); raw(String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends an array, calling `write` for each element between the commas.
  mutating func array<Element>(_ elements: [Element], write: (inout JSONBytes, Element) -> Void) {
    raw("[")
    for (index, element) in elements.enumerated() {
      if index > 0 { raw(",") }
      write(&self, element)
    }
    raw("]")
  }
}
