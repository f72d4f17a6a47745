/// UUIDs as text (RFC 9562 §4), which is how they travel in JSON, SQL parameters and URLs.
package enum Identifier {
  /// Whether the text is a UUID in the one form that we write: 36 characters, lower-case digits, hyphens in their places.
  /// Any version and variant passes: the identifiers of imported accounts are not ours to judge.
  package static func isUUID(_ text: String) -> Bool {
    isShaped(text.utf8.span, allowingUpperCase: false)
  }

  /// The canonical form of a UUID that may have come in upper case; nil when the text is no UUID.
  /// Braces, `urn:uuid:` and missing hyphens are refused, though PostgreSQL takes some of them.
  package static func canonicalUUID(_ text: String) -> String? {
    isShaped(text.utf8.span, allowingUpperCase: true) ? text.lowercased() : nil
  }

  /// A UUID of version 8 (RFC 9562 §5.8) that follows from a hash: 122 of its first 128 bits. The same hash gives the same id.
  /// - Parameter hash: at least 16 bytes.
  package static func uuidV8(hash: [UInt8]) -> String {
    var octets = Array(hash.prefix(16))
    precondition(octets.count == 16, "a UUID takes 16 octets")
    octets[6] = 0x80 | (octets[6] & 0x0F)
    octets[8] = 0x80 | (octets[8] & 0x3F)
    return text(of: octets)
  }

  /// The 16 octets of a UUID in canonical form; nil for any other text.
  package static func octets(of uuid: String) -> [UInt8]? {
    isUUID(uuid) ? Hex.decode(uuid.filter { $0 != "-" }) : nil
  }

  /// When a UUIDv7 was made (RFC 9562 §5.7), in milliseconds since 1970; nil for a text that is no canonical UUID.
  package static func milliseconds(ofV7 uuid: String) -> Int64? {
    octets(of: uuid)?.prefix(6).reduce(0) { $0 << 8 | Int64($1) }
  }

  /// The canonical text of 16 octets.
  package static func text(of octets: [UInt8]) -> String {
    var characters: [UInt8] = []
    characters.reserveCapacity(36)
    for (position, octet) in octets.enumerated() {
      if position == 4 || position == 6 || position == 8 || position == 10 { characters.append(hyphen) }
      characters.append(Hex.digit(octet >> 4))
      characters.append(Hex.digit(octet & 0x0F))
    }
    return String(decoding: characters, as: UTF8.self)
  }

  private static let hyphen = UInt8(ascii: "-")

  private static func isShaped(_ text: Span<UInt8>, allowingUpperCase: Bool) -> Bool {
    guard text.count == 36 else { return false }
    for position in text.indices {
      let byte = text[position]
      switch position {
      case 8, 13, 18, 23:
        guard byte == hyphen else { return false }
      default:
        guard Hex.value(of: byte) != nil else { return false }
        if !allowingUpperCase, (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte) { return false }
      }
    }
    return true
  }
}
