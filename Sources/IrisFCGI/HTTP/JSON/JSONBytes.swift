/// Writes JSON by hand (RFC 8259): in the order in which it is told, so that the same calls give the same bytes.
///
/// Providers cache prompts by their prefix, and `JSONEncoder` promises an order only when it sorts; it is also what every
/// chat would spend an eighth of its time in.
struct JSONBytes {
  private(set) var bytes: [UInt8] = []

  init() {}

  /// - Parameter capacity: bytes for which there is room at once.
  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  init(_ value: some JSONWritable) { value.write(to: &self) }

  /// What was written so far as text, for parameters of SQL.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Appends text that is JSON already: punctuation, numbers, literals.
  mutating func raw(_ json: String) {
    bytes.append(contentsOf: json.utf8)
  }

  /// Appends a string value: quoted, with quote, backslash and control characters escaped (RFC 8259 §7).
  mutating func string(_ text: String) {
    let source = Array(text.utf8)
    var copied = 0
    bytes.append(UInt8(ascii: "\""))
    for (position, byte) in source.enumerated()
    where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
      bytes.append(contentsOf: source[copied..<position])
      escape(byte)
      copied = position + 1
    }
    bytes.append(contentsOf: source[copied...])
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case 0x0A: raw("\\n")
    case 0x00..<0x20: raw(byte < 0x10 ? "\\u000" : "\\u00"); raw(String(byte, radix: 16))
    default:
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    }
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
