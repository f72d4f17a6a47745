import IrisDomain
import IrisSystem

/// Decides who checks an access token: we ourselves, or with the other issuer's keys.
///
/// The header's `alg` sorts them, and no more: our keys are secrets and do HS256 only, the other issuer's are public and
/// never do, so no token can be checked with a key of the wrong kind.
struct UserTokens {
  let own: AccessTokens
  /// Claims of a token that is signed with a public key's algorithm.
  let foreign: (CompactJWS, SignatureAlgorithm) throws -> Claims

  /// The claims of an `Authorization` field's token, or the problem with it.
  func claims(authorization: String?, now: Double) throws -> Claims {
    guard own.isConfigured else { throw Problem(.unavailable) }
    let token = try CompactJWS.bearer(authorization)
    if let algorithm = SignatureAlgorithm(rawValue: token.algorithm) { return try foreign(token, algorithm) }
    return try own.claims(of: token, now: now)
  }
}
