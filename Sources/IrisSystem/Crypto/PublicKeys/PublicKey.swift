internal import CCrypto

/// A public key of a foreign issuer, which checks signatures of its tokens.
///
/// The key fixes which algorithms are possible (RFC 8725 §3.1): asked for another one, it verifies nothing. It is made
/// from the raw members of a JWK, decoded. Checking from several threads at once is allowed.
@safe package final class PublicKey: @unchecked Sendable {
  private let key: OpaquePointer
  private let kind: Kind

  private enum Kind {
    case rsa, p256, ed25519
  }

  /// An RSA key (RFC 7518 §6.3.1): big-endian numbers, leading zero bytes allowed.
  ///
  /// RFC 7518 §3.3 asks for 2048 bits or more. Beyond 8192 a check takes longer than a stranger may cost us.
  package init(rsaModulus modulus: [UInt8], exponent: [UInt8]) throws(PublicKeyError) {
    let modulus = Array(modulus.drop { $0 == 0 })
    let exponent = Array(exponent.drop { $0 == 0 })
    let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
    guard (2_048...8_192).contains(bits) else { throw .modulusSize(bits: bits) }
    guard let last = modulus.last, last & 1 == 1 else { throw .modulusEven }
    // 1 makes every message its own signature; libcrypto takes at most 64 bits for large moduli.
    guard let low = exponent.last, low & 1 == 1, exponent != [1], exponent.count <= 8 else { throw .exponent }
    var n = Self.nativeOrder(modulus)
    var e = Self.nativeOrder(exponent)
    let key = unsafe n.withUnsafeMutableBufferPointer { n in
      unsafe e.withUnsafeMutableBufferPointer { e in
        unsafe Self.make(
          "RSA",
          [
            OSSL_PARAM_construct_BN(iris_rsa_modulus, n.baseAddress, n.count),
            OSSL_PARAM_construct_BN(iris_rsa_exponent, e.baseAddress, e.count),
          ])
      }
    }
    guard let key = unsafe key else { throw .unavailable }
    unsafe self.key = unsafe key
    kind = .rsa
  }

  /// A key on the curve P-256 (RFC 7518 §6.2.1): coordinates of 32 bytes each; the point must lie on the curve.
  package init(p256X x: [UInt8], y: [UInt8]) throws(PublicKeyError) {
    guard x.count == 32, y.count == 32 else { throw .coordinateSize(bytes: x.count == 32 ? y.count : x.count) }
    // 4 announces an uncompressed point (SEC 1 §2.3.3).
    var point: [UInt8] = [4] + x + y
    var group: [CChar] = Array("P-256".utf8CString)
    let key = unsafe point.withUnsafeMutableBufferPointer { point in
      unsafe group.withUnsafeMutableBufferPointer { group in
        unsafe Self.make(
          "EC",
          [
            OSSL_PARAM_construct_utf8_string(iris_curve_name, group.baseAddress, 0),
            OSSL_PARAM_construct_octet_string(iris_curve_point, point.baseAddress, point.count),
          ])
      }
    }
    guard let key = unsafe key else { throw .notOnCurve }
    unsafe self.key = unsafe key
    kind = .p256
  }

  /// An Ed25519 key (RFC 8037 §2): 32 bytes.
  package init(ed25519 bytes: [UInt8]) throws(PublicKeyError) {
    guard bytes.count == 32 else { throw .coordinateSize(bytes: bytes.count) }
    defer { ERR_clear_error() }
    guard let key = unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count) else {
      throw .unavailable
    }
    unsafe self.key = unsafe key
    kind = .ed25519
  }

  deinit {
    unsafe EVP_PKEY_free(key)
  }

  /// Whether the signature is this key's, over exactly these bytes, by exactly this algorithm.
  package func verifies(
    _ signature: [UInt8], of message: [UInt8], algorithm: SignatureAlgorithm
  ) -> Bool {
    switch (kind, algorithm) {
    case (.rsa, .rs256), (.rsa, .ps256):
      // RFC 8017 §8.1.2 and §8.2.2: a signature is as long as the modulus.
      return unsafe signature.count == Int(EVP_PKEY_get_size(key)) && check(signature, of: message, algorithm)
    case (.p256, .es256):
      guard let der = ECDSASignature.der(fromJOSE: signature) else { return false }
      return check(der, of: message, algorithm)
    case (.ed25519, .edDSA):
      return signature.count == 64 && check(signature, of: message, algorithm)
    case (.rsa, _), (.p256, _), (.ed25519, _):
      return false
    }
  }

  /// EVP_DigestVerify(3) with a context of its own. Ed25519 hashes by itself and takes no digest's name.
  private func check(_ signature: [UInt8], of message: [UInt8], _ algorithm: SignatureAlgorithm) -> Bool {
    defer { ERR_clear_error() }
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    var details: OpaquePointer?
    let digest = algorithm == .edDSA ? nil : "SHA256"
    guard unsafe EVP_DigestVerifyInit_ex(context, &details, digest, nil, nil, key, nil) == 1 else { return false }
    if algorithm == .ps256 {
      guard let details = unsafe details, unsafe Self.demandPSS(details) else { return false }
    }
    return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// RFC 7518 §3.5: MGF1 with the same digest, and a salt as long as it. Other lengths are refused.
  private static func demandPSS(_ details: OpaquePointer) -> Bool {
    unsafe EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) == 1
      && EVP_PKEY_CTX_set_rsa_mgf1_md_name(details, "SHA256", nil) == 1
      && EVP_PKEY_CTX_set_rsa_pss_saltlen(details, 32) == 1
  }

  /// EVP_PKEY_fromdata(3); nil when libcrypto refuses the values.
  private static func make(_ type: String, _ values: [OSSL_PARAM]) -> OpaquePointer? {
    defer { ERR_clear_error() }
    guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, type, nil) else { return nil }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    var parameters = unsafe values + [OSSL_PARAM_construct_end()]
    var key: OpaquePointer?
    guard unsafe EVP_PKEY_fromdata_init(context) == 1,
      unsafe EVP_PKEY_fromdata(context, &key, Int32(iris_public_key_selection), &parameters) == 1
    else { return nil }
    return unsafe key
  }

  /// OSSL_PARAM_construct_BN(3) takes numbers in the byte order of the machine.
  private static func nativeOrder(_ bigEndian: [UInt8]) -> [UInt8] {
    1.littleEndian == 1 ? bigEndian.reversed() : bigEndian
  }
}

/// The signature algorithms that foreign tokens may have, by their JOSE names (RFC 7518 §3.1, RFC 8037 §3.1).
package enum SignatureAlgorithm: String, CaseIterable, Sendable {
  /// RSASSA-PKCS1-v1_5 with SHA-256.
  case rs256 = "RS256"
  /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
  case ps256 = "PS256"
  /// ECDSA over P-256 with SHA-256.
  case es256 = "ES256"
  /// Ed25519; Ed448 has the same name in JOSE and is not taken.
  case edDSA = "EdDSA"
}
