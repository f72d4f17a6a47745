import IrisSystem

/// The tokens in mails to who forgot the password: the id of a row of `iris.password_resets` and its code under a key that
/// the database does not have, so that nobody opens an account with a copy of it. Whether the reset is still good is for
/// the database to say.
final class ResetTokens {
  /// Bytes of an id before its code.
  private static let idLength = 16

  private let keys: [MessageAuthenticationKey]

  init(_ settings: TokenSettings) throws(MessageAuthenticationError) {
    keys = try settings.keys(for: "iris password reset")
  }

  /// The token of a reset, made with the first key.
  /// - Parameter reset: a UUID in canonical form.
  func token(for reset: String) throws(Problem) -> String {
    guard let key = keys.first, let id = Identifier.octets(of: reset) else { throw Problem(.unavailable) }
    return Base64URL.encode(id + key.code(for: id))
  }

  /// The id of the reset that a token is for; nil when none of the keys made it.
  func reset(of token: String) -> String? {
    guard let bytes = Base64URL.decode(token),
      bytes.count == ResetTokens.idLength + MessageAuthenticationKey.codeLength
    else { return nil }
    let id = Array(bytes.prefix(ResetTokens.idLength))
    let code = Array(bytes.dropFirst(ResetTokens.idLength))
    return keys.contains { $0.isValid(code, for: id) } ? Identifier.text(of: id) : nil
  }
}
