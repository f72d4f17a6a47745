/// The claims of a token by which the unified backend shows who it is, once its signature was found good.
package struct ServiceClaims: Equatable, Sendable {
  /// Which service it is.
  package var subject: String
  package var audience: Audience
  package var times: TokenTimes
  /// Whether it has `sid`, as a user's token does: a service has no session.
  package var hasSession: Bool

  package init(subject: String, audience: Audience, times: TokenTimes, hasSession: Bool) {
    self.subject = subject
    self.audience = audience
    self.times = times
    self.hasSession = hasSession
  }

  /// Whom every service token is for.
  package static let audience = "iris-internal"
  /// Seconds from `iat` to `exp`, at most: a token is made for a call, not kept.
  package static let longestLife: Double = 600

  /// Checks everything but the signature. Who issued it does not matter: the key is the service's alone.
  package func check(now: Double) throws(Claims.Refusal) {
    guard audience.contains(ServiceClaims.audience), !subject.isEmpty, !hasSession else { throw .invalid }
    guard times.expires <= times.issuedAt + ServiceClaims.longestLife else { throw .invalid }
    try times.check(now: now, longestLife: ServiceClaims.longestLife + TokenTimes.leeway)
  }
}
