/// Base64url without padding as JOSE uses it (RFC 7515 §2, RFC 4648 §5).
///
/// Decoding is strict, so that one value has exactly one spelling: no padding, no `+` or `/`, no white space, no spare
/// bits set, no length of 1 modulo 4. A lenient decoder would let the same token appear in many forms.
package enum Base64URL {
  /// The text of the bytes: 4 characters for every 3 bytes, 2 or 3 for a rest.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var pending: UInt32 = 0
    var bits = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(letter(of: UInt8(truncatingIfNeeded: pending >> UInt32(bits)) & 0x3F))
      }
    }
    if bits > 0 { text.append(letter(of: UInt8(truncatingIfNeeded: pending << UInt32(6 - bits)) & 0x3F)) }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a text, or nil when it is not strict base64url.
  package static func decode(_ text: String) -> [UInt8]? {
    decode(text.utf8.span)
  }

  /// The bytes of a part of a text, such as one segment of a token, without copying the text first.
  package static func decode(_ text: Substring) -> [UInt8]? {
    decode(text.utf8.span)
  }

  /// The bytes of a text that is at hand as UTF-8.
  package static func decode(_ text: [UInt8]) -> [UInt8]? {
    decode(text.span)
  }

  private static func decode(_ text: Span<UInt8>) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var pending: UInt32 = 0
    var bits = 0
    for position in text.indices {
      guard let value = value(of: text[position]) else { return nil }
      pending = pending << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
      }
    }
    let spare = pending & ((1 << UInt32(bits)) - 1)
    return spare == 0 ? bytes : nil
  }

  private static func letter(of value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + (value - 26)
    case 52..<62: UInt8(ascii: "0") + (value - 52)
    case 62: UInt8(ascii: "-")
    default: UInt8(ascii: "_")
    }
  }

  private static func value(of letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
  }
}

/// Hexadecimal text, for fingerprints and hashed addresses.
package enum Hex {
  /// Two lower-case digits for every byte.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 0x0F))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of an even number of digits of either case, or nil.
  package static func decode(_ text: String) -> [UInt8]? {
    let digits = text.utf8.span
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for position in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(of: digits[position]), let low = value(of: digits[position + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  /// The lower-case digit of a value below 16.
  static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + (value - 10)
  }

  /// The value of a digit of either case, or nil.
  static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
