import IrisDomain
import IrisSystem

/// Opaque refresh tokens: 256 random bits for a new session; a child is a keyed function of its parent, so that the same
/// child can be given again within the grace although only hashes are stored (docs/adr/0006).
final class RefreshTokens {
  private let keys: [MessageAuthenticationKey]

  init(_ settings: TokenSettings) throws(MessageAuthenticationError) {
    keys = try settings.keys(for: "iris refresh token")
  }

  /// A refresh token and what the database keeps of it.
  struct Token: Equatable, Sendable {
    let text: String
    let hash: [UInt8]

    init(_ bytes: [UInt8]) {
      text = Base64URL.encode(bytes)
      hash = Digest.sha256(bytes)
    }

    /// - Returns: nil when `text` cannot be a token of ours.
    init?(text: String) {
      guard let bytes = Base64URL.decode(text), bytes.count == SessionRules.refreshTokenBytes else { return nil }
      self.init(bytes)
    }

    fileprivate var bytes: [UInt8] { Base64URL.decode(text) ?? [] }
  }

  func first() throws -> Token { Token(try Random.bytes(SessionRules.refreshTokenBytes)) }

  /// The child that the first key makes.
  func child(of parent: Token) throws(Problem) -> Token {
    guard let key = keys.first else { throw Problem(.unavailable) }
    return Token(key.code(for: parent.bytes))
  }

  /// The child whose hash the database holds, whichever of the keys made it.
  func child(of parent: Token, hash: [UInt8]) -> Token? {
    keys.lazy.map { Token($0.code(for: parent.bytes)) }.first { ConstantTime.equal($0.hash, hash) }
  }
}
