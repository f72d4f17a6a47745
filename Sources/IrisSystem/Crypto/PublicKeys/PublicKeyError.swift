/// Why the members of a JWK make no usable key.
package enum PublicKeyError: Error, Equatable, CustomStringConvertible {
  /// The RSA modulus is outside 2048 to 8192 bits.
  case modulusSize(bits: Int)
  /// An even RSA modulus is no product of two odd primes.
  case modulusEven
  /// The RSA exponent is even, 1, missing or longer than 64 bits.
  case exponent
  /// A coordinate or an Ed25519 key does not have 32 bytes.
  case coordinateSize(bytes: Int)
  /// The coordinates are no point of P-256.
  case notOnCurve
  /// libcrypto refuses the key or has no memory.
  case unavailable

  package var description: String {
    switch self {
    case .modulusSize(let bits): "the RSA modulus has \(bits) bits: 2048 to 8192 are accepted"
    case .modulusEven: "the RSA modulus is even: the key is damaged"
    case .exponent: "the RSA exponent must be odd, greater than 1 and have at most 64 bits"
    case .coordinateSize(let bytes): "the key's number has \(bytes) bytes instead of 32"
    case .notOnCurve: "the coordinates are no point of the curve P-256"
    case .unavailable: "libcrypto does not accept the key"
    }
  }
}
