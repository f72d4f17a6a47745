import IrisDomain
import IrisSystem

/// Checks the unified backend's tokens (`IRIS_SERVICE_SECRET`): HS256, `aud` `iris-internal`, a life of 10 minutes at most.
///
/// A user's token is none, whatever its signature: it is for another audience and has a session.
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

  /// Throws unless the `Authorization` field holds a good service token. Without a secret none is good.
  /// - Parameter now: seconds since 1970.
  func check(authorization: String?, now: Double) throws(Problem) {
    let token = try CompactJWS.bearer(authorization)
    guard token.algorithm == "HS256", token.byteCount <= AccessTokens.maximumBytes, let key,
      key.isValid(token.signature, for: token.signed), let claims = token.members().flatMap(ServiceClaims.init)
    else { throw Problem(.invalidToken) }
    do throws(Claims.Refusal) { try claims.check(now: now) } catch { throw Problem(error) }
  }
}
