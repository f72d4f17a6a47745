internal import CCrypto

/// One-way fingerprints.
package enum Digest {
  /// SHA-256 (FIPS 180-4) of the bytes: 32 bytes.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    sha256(bytes.span)
  }

  /// SHA-256 of the text's UTF-8 bytes: 32 bytes.
  package static func sha256(_ text: String) -> [UInt8] {
    sha256(text.utf8.span)
  }

  private static func sha256(_ bytes: Span<UInt8>) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: 32) { output, count in
      unsafe bytes.withUnsafeBufferPointer { input in
        _ = unsafe SHA256(input.baseAddress, input.count, output.baseAddress)
      }
      count = 32
    }
  }
}

/// Comparison of secrets.
package enum ConstantTime {
  /// Whether both are equal, in a time that depends on their lengths alone (CRYPTO_memcmp(3)).
  ///
  /// Unequal lengths are unequal at once: the length of a code or a hash is no secret.
  package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe left.withUnsafeBytes { a in
      unsafe right.withUnsafeBytes { b in
        unsafe a.isEmpty || CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0
      }
    }
  }
}
