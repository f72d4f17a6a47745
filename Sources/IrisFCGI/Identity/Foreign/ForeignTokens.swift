import IrisDomain
import IrisSystem

/// Checks access tokens of the other issuer (`IRIS_EXTERNAL_*`), and makes an account of who comes for the first time
/// (docs/adr/0014).
final class ForeignTokens {
  let issuer: ExternalIssuer
  private let keys: ForeignKeys
  private var adopted = AdoptionCache()

  init(_ issuer: ExternalIssuer, keys: ForeignKeys) {
    self.issuer = issuer
    self.keys = keys
  }

  /// What checking needs of a worker.
  struct Surroundings {
    let fetch: ForeignKeys.Fetch
    /// Takes what can wait until the answer is out.
    let later: (@escaping () -> Void) -> Void
    /// Finds or makes the account and the session of a token, in the database.
    let adopt: (ForeignClaims, _ session: String) throws -> AdoptionCache.Adopted
  }

  /// The claims as if we had issued them: with the account's id and the session's. Until the signature is found good,
  /// every flaw is the same `invalid_token`.
  /// - Parameter now: seconds since 1970.
  func claims(
    of token: CompactJWS, _ algorithm: SignatureAlgorithm, now: Double, _ surroundings: Surroundings
  ) throws -> Claims {
    switch keys.verdict(on: token, algorithm, fetch: surroundings.fetch, later: surroundings.later) {
    case .good: break
    case .bad: throw Problem(.invalidToken)
    case .noKeys:
      // 503 is for those who might well be let in once there are keys; the others learn no more than without a signature.
      throw (try? checked(token, now: now)) == nil ? Problem(.invalidToken) : Problem(.unavailable)
    }
    let claims = try checked(token, now: now)
    guard !claims.isAnonymous else { throw ForeignTokens.anonymous }
    let adopted = try adopt(claims, of: token, surroundings)
    return Claims(
      sub: adopted.account, sid: adopted.session, tier: adopted.tier, iss: claims.issuer, aud: claims.audience,
      iat: claims.times.issuedAt, exp: claims.times.expires, nbf: claims.times.notBefore, jti: adopted.session)
  }

  private func checked(_ token: CompactJWS, now: Double) throws(Problem) -> ForeignClaims {
    guard let members = token.members(),
      let claims = ForeignClaims(members, isDeclaredAccess: token.isDeclaredAccess)
    else { throw Problem(.invalidToken) }
    do throws(Claims.Refusal) {
      try claims.check(now: now, issuer: issuer.issuer, audience: issuer.audience)
    } catch {
      throw Problem(error)
    }
    return claims
  }

  private func adopt(
    _ claims: ForeignClaims, of token: CompactJWS, _ surroundings: Surroundings
  ) throws -> AdoptionCache.Adopted {
    let (hash, now) = (token.payloadHash, Clock.monotonicMicroseconds)
    if let known = adopted.find(hash, now: now) { return known }
    let fresh = try surroundings.adopt(claims, ForeignTokens.session(of: claims))
    adopted.insert(fresh, for: hash, now: now)
    return fresh
  }

  /// The id of a token's session: derived, so that every worker of every host finds the same row.
  static func session(of claims: ForeignClaims) -> String {
    let text = claims.session.text(issuer: claims.issuer, subject: claims.subject, times: claims.times)
    return Identifier.uuidV8(hash: Digest.sha256(text))
  }

  /// A guest can be somebody new at every visit, so limits by account would limit nothing.
  private static let anonymous = Problem(
    .forbidden,
    detail: LocalizedText(
      "Cette session est anonyme. Créez un compte, ou connectez-vous, pour utiliser ce service.",
      en: "This session is anonymous. Create an account, or log in, to use this service."))
}
