internal import CCrypto
internal import CSystem

/// Password hashes by libxcrypt (crypt(5)): new ones are yescrypt at the library's default cost, which takes some 20 ms
/// and 16 MB; bcrypt hashes of imported accounts verify too.
///
/// Passwords are bytes and taken verbatim. Lengths, wording and the list of common ones are the domain's rules; here are
/// only the bounds of crypt(3), which otherwise cuts at a NUL byte and answers "*0" to what is too long.
package enum Password {
  /// The most bytes that a password may have; libxcrypt itself takes 511.
  package static let maximumLength = 500

  /// What became of a verification.
  package enum Verification: Sendable {
    case match
    case mismatch
    /// The stored text is no hash that this service accepts: nobody can log in with it.
    case unusableHash
  }

  /// A hash with which nothing matches: verifying against it costs an unknown account the time of a known one.
  /// It is the yescrypt hash of 32 random bytes, which were thrown away.
  package static let decoy = "$y$j9T$PxZNJkjGjx6VAv21E7lou0$gYdf94CViOVV2YjqymcRp1zNhFuSsBk2OTHeh/Mdgm7"

  /// A new yescrypt hash, with a random salt of the system's (crypt_gensalt_rn(3)).
  package static func hash(_ password: [UInt8]) throws(PasswordError) -> String {
    guard !password.contains(0) else { throw .containsNUL }
    guard password.count <= maximumLength else { throw .tooLong(limit: maximumLength) }
    guard let setting = preferredSetting(), let hash = crypt(password, setting: setting) else { throw .unavailable }
    return hash
  }

  /// Whether the password is the one of the hash; compares in constant time.
  ///
  /// An unusable hash costs the time of a usable one, so that nobody learns from the clock which accounts have one.
  package static func verify(_ password: [UInt8], against hash: String) -> Verification {
    guard !password.contains(0), password.count <= maximumLength else { return .mismatch }
    guard let scheme = PasswordHashScheme(hash) else {
      _ = crypt(password, setting: decoy)
      return .unusableHash
    }
    // bcrypt ignores what follows the 72nd byte (ASVS V6.2.8 forbids that), so a longer one never was the password.
    guard password.count <= scheme.longestPassword else {
      _ = crypt(password, setting: hash)
      return .mismatch
    }
    guard let computed = crypt(password, setting: hash) else {
      _ = crypt(password, setting: decoy)
      return .unusableHash
    }
    // The part after the salt alone: some libraries leave spare bits of the salt set, which libxcrypt clears.
    let expected = Array(hash.utf8.suffix(scheme.hashLength))
    let found = Array(computed.utf8.suffix(scheme.hashLength))
    return ConstantTime.equal(found, expected) ? .match : .mismatch
  }

  /// Whether a stored hash is one that can be verified: yescrypt or bcrypt, whole and of bearable cost.
  package static func isUsable(_ hash: String) -> Bool { PasswordHashScheme(hash) != nil }

  /// Whether a hash that matched should be replaced: it is not yescrypt, or not at the cost of new ones.
  package static func needsRehash(_ hash: String) -> Bool {
    guard PasswordHashScheme(hash) == .yescrypt else { return true }
    guard let setting = preferredSetting(), let end = setting.lastIndex(of: "$") else { return false }
    return !hash.hasPrefix(setting[...end])
  }

  /// `$y$`, parameters, `$` and a fresh salt.
  private static func preferredSetting() -> String? {
    var buffer = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
    return unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      let setting = unsafe crypt_gensalt_rn("$y$", 0, nil, 0, buffer.baseAddress, Int32(buffer.count))
      return unsafe setting.map { unsafe String(cString: $0) }
    }
  }

  /// crypt(3) with memory of its own (32 KiB, cleared afterwards); nil where it refuses.
  private static func crypt(_ password: [UInt8], setting: String) -> String? {
    let size = MemoryLayout<crypt_data>.size
    var scratch = [UInt8](repeating: 0, count: size)
    var phrase = password + [0]
    defer {
      unsafe OPENSSL_cleanse(&scratch, scratch.count)
      unsafe OPENSSL_cleanse(&phrase, phrase.count)
    }
    return unsafe phrase.withUnsafeBytes { bytes in
      let text = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      guard let hash = unsafe crypt_rn(text, setting, &scratch, Int32(size)) else { return nil }
      return unsafe String(cString: hash)
    }
  }
}

/// Why a password could not be hashed.
package enum PasswordError: Error, Equatable, CustomStringConvertible {
  /// crypt(3) would stop at the NUL byte and accept anything after it.
  case containsNUL
  /// More bytes than crypt(3) takes without cutting.
  case tooLong(limit: Int)
  /// The library refused, for want of memory or randomness.
  case unavailable

  package var description: String {
    switch self {
    case .containsNUL: "a password cannot contain a NUL byte"
    case .tooLong(let limit): "a password can have at most \(limit) bytes"
    case .unavailable: "libcrypt could not hash the password: check the memory limit of the service (16 MB are needed)"
    }
  }
}
