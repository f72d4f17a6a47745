internal import CCrypto

/// Unpredictable bytes from libcrypto's generator, which the kernel seeds.
package enum Random {
  /// `count` random bytes; `count` below one gives none.
  package static func bytes(_ count: Int) throws(RandomError) -> [UInt8] {
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let outcome = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      unsafe RAND_bytes_ex(nil, buffer.baseAddress, buffer.count, 0)
    }
    guard outcome == 1 else {
      ERR_clear_error()
      throw .unavailable
    }
    return bytes
  }

  /// A UUID of version 7 in canonical lower-case form (RFC 9562 §5.7): 48 bits of time, 74 random bits.
  ///
  /// - Parameter milliseconds: Unix time; only its low 48 bits enter (enough to the year 10889).
  package static func uuidV7(milliseconds: Int64) throws(RandomError) -> String {
    let time = UInt64(bitPattern: milliseconds)
    var octets: [UInt8] = (0..<6).map { UInt8(truncatingIfNeeded: time >> (40 - 8 * $0)) }
    octets += try bytes(10)
    octets[6] = 0x70 | (octets[6] & 0x0F)
    octets[8] = 0x80 | (octets[8] & 0x3F)
    return Identifier.text(of: octets)
  }
}

/// Why no random bytes could be had.
package enum RandomError: Error, CustomStringConvertible {
  /// libcrypto's generator could not be seeded: nothing that needs a secret may go on.
  case unavailable

  package var description: String {
    "libcrypto gives no random bytes (RAND_bytes failed): check that getrandom(2) is permitted to this process"
  }
}
