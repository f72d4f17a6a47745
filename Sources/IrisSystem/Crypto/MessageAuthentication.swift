internal import CCrypto

/// A key that makes and checks HMAC-SHA256 codes (RFC 2104): access tokens, refresh tokens, pseudonyms.
///
/// libcrypto hashes the key once, here; every code starts from a copy of that state (EVP_MAC_CTX_dup, EVP_MAC(3)), so
/// the key itself is not kept. Reading the prepared state from several threads at once is allowed.
@safe package final class MessageAuthenticationKey: @unchecked Sendable {
  /// The length of a code in bytes.
  package static let codeLength = 32

  private let prepared: OpaquePointer

  /// - Parameter key: at least one byte. RFC 7518 §3.2 wants 32 or more for tokens; the configuration sees to that.
  package init(_ key: [UInt8]) throws(MessageAuthenticationError) {
    guard !key.isEmpty else { throw .emptyKey }
    guard let algorithm = unsafe EVP_MAC_fetch(nil, OSSL_MAC_NAME_HMAC, nil) else { throw Self.unavailable() }
    defer { unsafe EVP_MAC_free(algorithm) }
    guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { throw Self.unavailable() }
    guard unsafe Self.prepare(context, with: key) else {
      unsafe EVP_MAC_CTX_free(context)
      throw Self.unavailable()
    }
    unsafe prepared = context
  }

  deinit {
    unsafe EVP_MAC_CTX_free(prepared)
  }

  /// The code of the bytes: 32 bytes.
  package func code(for message: [UInt8]) -> [UInt8] {
    code(for: message.span)
  }

  /// The code of the text's UTF-8 bytes: 32 bytes.
  package func code(for message: String) -> [UInt8] {
    code(for: message.utf8.span)
  }

  /// The code of a part of a text, such as the signed part of a token, without copying it first: 32 bytes.
  package func code(for message: Substring) -> [UInt8] {
    code(for: message.utf8.span)
  }

  /// Whether `code` is the whole code of the bytes; takes the same time for every wrong code of the right length.
  package func isValid(_ code: [UInt8], for message: [UInt8]) -> Bool {
    Self.isEqual(code, self.code(for: message.span))
  }

  /// Whether `code` is the whole code of the text's UTF-8 bytes.
  package func isValid(_ code: [UInt8], for message: String) -> Bool {
    Self.isEqual(code, self.code(for: message.utf8.span))
  }

  /// Whether `code` is the whole code of a part of a text.
  package func isValid(_ code: [UInt8], for message: Substring) -> Bool {
    Self.isEqual(code, self.code(for: message.utf8.span))
  }

  private static func isEqual(_ given: [UInt8], _ own: [UInt8]) -> Bool {
    own.count == codeLength && ConstantTime.equal(given, own)
  }

  /// With a prepared state nothing but exhausted memory can fail here. The code is empty then, and is nobody's code.
  private func code(for message: Span<UInt8>) -> [UInt8] {
    guard let context = unsafe EVP_MAC_CTX_dup(prepared) else { return [] }
    defer { unsafe EVP_MAC_CTX_free(context) }
    let updated = unsafe message.withUnsafeBufferPointer { unsafe EVP_MAC_update(context, $0.baseAddress, $0.count) }
    return unsafe [UInt8](unsafeUninitializedCapacity: Self.codeLength) { output, count in
      let isComplete = unsafe updated == 1 && EVP_MAC_final(context, output.baseAddress, &count, output.count) == 1
      if !isComplete { count = 0 }
    }
  }

  private static func prepare(_ context: OpaquePointer, with key: [UInt8]) -> Bool {
    var digest: [CChar] = Array("SHA256".utf8CString)
    return unsafe digest.withUnsafeMutableBufferPointer { name in
      var parameters = unsafe [
        OSSL_PARAM_construct_utf8_string(iris_mac_digest, name.baseAddress, 0), OSSL_PARAM_construct_end(),
      ]
      return unsafe EVP_MAC_init(context, key, key.count, &parameters) == 1
    }
  }

  private static func unavailable() -> MessageAuthenticationError {
    ERR_clear_error()
    return .unavailable
  }
}

extension MessageAuthenticationKey: CustomStringConvertible, CustomReflectable {
  /// Says nothing about the key: descriptions end up in logs.
  package var description: String { "<redacted key>" }

  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a key could not be prepared.
package enum MessageAuthenticationError: Error, CustomStringConvertible {
  /// An empty key authenticates nothing.
  case emptyKey
  /// libcrypto offers no HMAC-SHA256, or has no memory.
  case unavailable

  package var description: String {
    switch self {
    case .emptyKey: "the key is empty: give at least 32 random bytes (`iris-fcgi keys` makes some)"
    case .unavailable: "libcrypto offers no HMAC-SHA256: check its configuration (openssl.cnf)"
    }
  }
}
