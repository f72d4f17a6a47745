/// The claims of another issuer's access token (RFC 7519 §4) once its signature was found good.
package struct ForeignClaims: Equatable, Sendable {
  package var issuer: String
  /// Who it is there. The same subject of two issuers is two people.
  package var subject: String
  package var audience: Audience
  package var times: TokenTimes
  package var session: ForeignSession
  package var purpose: TokenPurpose
  /// Nobody has signed up yet: the issuer's guest (Supabase Auth's `is_anonymous`).
  package var isAnonymous: Bool
  /// As the issuer has them: shown, never looked up.
  package var email: EmailAddress?
  package var name: String?

  package init(
    issuer: String, subject: String, audience: Audience, times: TokenTimes, session: ForeignSession,
    purpose: TokenPurpose, isAnonymous: Bool = false, email: EmailAddress? = nil, name: String? = nil
  ) {
    self.issuer = issuer
    self.subject = subject
    self.audience = audience
    self.times = times
    self.session = session
    self.purpose = purpose
    self.isAnonymous = isAnonymous
    self.email = email
    self.name = name
  }

  /// Seconds from `iat` to `exp`, at most: Supabase Auth's largest setting. A key of an API, which ends in years, is none,
  /// nor is it in its last week: what an erasure leaves (`ErasureRules.subjectDays`) outlives every token that was good.
  package static let longestLife: Double = 7 * 86_400
  /// Bytes of a subject (OpenID Connect Core §2: 255 ASCII characters) and of whatever names a session.
  package static let longestName = 255

  /// Checks everything but the signature. The issuer is compared byte for byte: RFC 7519 §4.1.1 knows no normal form.
  package func check(now: Double, issuer: String, audience: String) throws(Claims.Refusal) {
    guard self.issuer.utf8.elementsEqual(issuer.utf8), self.audience.contains(audience) else { throw .invalid }
    guard ForeignClaims.isName(subject), purpose.isAccess else { throw .invalid }
    let longest = ForeignClaims.longestLife + TokenTimes.leeway
    guard times.expires <= times.issuedAt + longest else { throw .invalid }
    try times.check(now: now, longestLife: longest)
  }

  /// Visible ASCII of a bounded length: nothing that a log, a path or another system reads in two ways.
  package static func isName(_ text: String) -> Bool {
    (1...longestName).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}

/// What names the session that a foreign token belongs to, the best that the token has.
package enum ForeignSession: Equatable, Sendable {
  /// `session_id` (Supabase Auth) or `sid` (OpenID Connect): the same for all tokens of one login.
  case login(String)
  /// `jti`: this token's own.
  case token(String)
  /// Nothing: its subject and times tell it apart.
  case times

  /// Whether further tokens of the same session will come when this one has ended.
  package var outlivesToken: Bool { if case .login = self { true } else { false } }

  /// What the session's id is derived from. The parts hold no NUL, so no two sessions share a text.
  package func text(issuer: String, subject: String, times: TokenTimes) -> String {
    let mark =
      switch self {
      case .login(let name): ["login", name]
      case .token(let name): ["token", name]
      case .times: ["times", String(times.issuedAt), String(times.expires)]
      }
    return (["iris foreign session", issuer, subject] + mark).joined(separator: "\0")
  }
}
