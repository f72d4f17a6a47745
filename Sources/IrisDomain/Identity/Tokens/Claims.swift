/// The claims of an access token (RFC 7519 §4) once its signature was found good.
///
/// `tier` tells a front end what to show; what a request may do is decided by the tier in the database.
package struct Claims: Equatable, Sendable {
  /// The account's id.
  package var sub: String
  /// The session's id; ending the session ends every token with it at the next request.
  package var sid: String
  package var tier: Tier
  package var iss: String
  package var aud: Audience
  /// Seconds since 1970; fractions are legal (RFC 7519 §2, NumericDate).
  package var iat: Double
  package var exp: Double
  package var nbf: Double?
  /// The token's own id.
  package var jti: String

  package init(
    sub: String, sid: String, tier: Tier, iss: String, aud: Audience, iat: Double, exp: Double, nbf: Double? = nil,
    jti: String
  ) {
    self.sub = sub
    self.sid = sid
    self.tier = tier
    self.iss = iss
    self.aud = aud
    self.iat = iat
    self.exp = exp
    self.nbf = nbf
    self.jti = jti
  }

  /// What makes a well-signed token unacceptable.
  package enum Refusal: Error, Equatable, Sendable {
    case invalid
    case expired
  }

  /// Seconds; `IRIS_ACCESS_TTL` takes a day at most.
  package static let longestLife: Double = 366 * 86_400

  /// Checks everything but the signature.
  package func check(now: Double, issuer: String, audience: String) throws(Refusal) {
    guard iss == issuer, aud.contains(audience), !sub.isEmpty, !sid.isEmpty else { throw .invalid }
    try TokenTimes(issuedAt: iat, expires: exp, notBefore: nbf).check(now: now, longestLife: Claims.longestLife)
  }
}

/// The `aud` claim: one name or an array of names (RFC 7519 §4.1.3). An empty array contains nobody.
package enum Audience: Equatable, Sendable {
  case one(String)
  case many([String])

  package func contains(_ name: String) -> Bool {
    switch self {
    case .one(let only): only == name
    case .many(let names): names.contains(name)
    }
  }
}
