/// What a new password must be (OWASP ASVS 5.0 V6.2): long enough, not one of the most common; no composition rules.
/// Passwords are taken verbatim: neither trimmed nor normalised.
package enum PasswordRules {
  /// In Unicode scalars.
  package static let length = 8...128
  /// crypt(3) of libxcrypt fails above 511 bytes.
  package static let maximumBytes = 500

  /// Why a password is not accepted.
  package enum Refusal: Error, Equatable, Sendable {
    case tooShort
    case tooLong
    /// NUL would end the password for crypt(3).
    case containsNUL
    case tooCommon
  }

  package static func check(_ password: String) throws(Refusal) {
    guard password.unicodeScalars.count >= length.lowerBound else { throw .tooShort }
    guard password.unicodeScalars.count <= length.upperBound, password.utf8.count <= maximumBytes else {
      throw .tooLong
    }
    guard !password.utf8.contains(0) else { throw .containsNUL }
    guard !CommonPasswords.contains(password) else { throw .tooCommon }
  }
}
