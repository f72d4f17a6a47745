/// The two forms of an ECDSA signature over P-256: JOSE's, r and s of 32 bytes one after the other (RFC 7518 §3.4), and
/// libcrypto's, DER (RFC 3279 §2.2.3).
enum ECDSASignature {
  /// The DER form, or nil unless there are exactly 64 bytes with r and s from 1 to n − 1.
  static func der(fromJOSE signature: [UInt8]) -> [UInt8]? {
    guard signature.count == 64 else { return nil }
    let r = signature[..<32]
    let s = signature[32...]
    guard isScalar(r), isScalar(s) else { return nil }
    let body = integer(r) + integer(s)
    return [0x30, UInt8(body.count)] + body
  }

  /// The order n of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3).
  private static let order: [UInt8] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
  ]

  private static func isScalar(_ number: ArraySlice<UInt8>) -> Bool {
    number.contains { $0 != 0 } && number.lexicographicallyPrecedes(order)
  }

  /// A positive DER INTEGER: shortest form, with a zero byte before a set high bit.
  private static func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
    var digits = Array(number.drop { $0 == 0 })
    if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
    return [0x02, UInt8(digits.count)] + digits
  }
}
