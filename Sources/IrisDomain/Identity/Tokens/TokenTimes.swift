/// When a token counts (RFC 7519 §4.1.4 to §4.1.6). Seconds since 1970; fractions are legal (§2, NumericDate).
package struct TokenTimes: Equatable, Sendable {
  package var issuedAt: Double
  package var expires: Double
  package var notBefore: Double?

  package init(issuedAt: Double, expires: Double, notBefore: Double? = nil) {
    self.issuedAt = issuedAt
    self.expires = expires
    self.notBefore = notBefore
  }

  /// Seconds by which clocks of hosts may differ.
  package static let leeway: Double = 30

  /// A token whose `exp` is now has expired; the leeway is for tokens from the future only.
  /// - Parameter longestLife: seconds; an `exp` further off was meant in milliseconds or never to end.
  package func check(now: Double, longestLife: Double) throws(Claims.Refusal) {
    guard expires > 0, issuedAt >= 0, expires.isFinite, issuedAt.isFinite, issuedAt <= now + TokenTimes.leeway else {
      throw .invalid
    }
    if let notBefore, !(notBefore <= now + TokenTimes.leeway) { throw .invalid }
    guard expires <= now + longestLife else { throw .invalid }
    guard expires > now else { throw .expired }
  }
}
