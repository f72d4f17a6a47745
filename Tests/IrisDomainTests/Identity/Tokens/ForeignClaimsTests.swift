import IrisDomain
import Testing

struct ForeignClaimsTests {
  private static let now = 1_800_000_000.0

  private static func refusal(_ change: (inout ForeignClaims) -> Void) -> Claims.Refusal? {
    var claims = ForeignClaims(
      issuer: "https://id.example", subject: "s", audience: .many(["x", "a"]),
      times: TokenTimes(issuedAt: now, expires: now + 3_600), session: .times, purpose: TokenPurpose())
    change(&claims)
    do throws(Claims.Refusal) {
      try claims.check(now: now, issuer: "https://id.example", audience: "a")
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    "", "https://id.example/", "https://ID.example", " https://id.example", "https://id.exampl\u{65}\u{301}",
  ])
  func `an issuer is one spelling`(issuer: String) {
    #expect(Self.refusal { $0.issuer = issuer } == .invalid)
  }

  @Test(arguments: ["", " ", "a b", "é", "a\n", "\u{7F}", "a\u{0}", String(repeating: "x", count: 256)])
  func `what no subject is`(subject: String) {
    #expect(Self.refusal { $0.subject = subject } == .invalid)
  }

  @Test(arguments: ["1", "auth0|5f7c", "!~", String(repeating: "x", count: 255), "' OR 1=1--".filter { $0 != " " }])
  func `what a subject may be`(subject: String) {
    #expect(Self.refusal { $0.subject = subject } == nil)
  }

  @Test(
    arguments: [
      (3_600, nil), (0.5, nil), (7 * 86_400, nil), (7 * 86_400 + 30, nil), (7 * 86_400 + 31, .invalid), (0, .expired),
      (-5, .expired), (.infinity, .invalid), (.nan, .invalid), (1.8e12, .invalid),
    ] as [(Double, Claims.Refusal?)])
  func `a token lives for a week at most`(offset: Double, refusal: Claims.Refusal?) {
    #expect(Self.refusal { $0.times.expires = Self.now + offset } == refusal)
  }

  @Test func `one that was made for longer is not good in its last week`() {
    #expect(Self.refusal { $0.times.issuedAt = Self.now - 7 * 86_400 + 3_600 } == nil)
    #expect(Self.refusal { $0.times.issuedAt = Self.now - 7 * 86_400 } == .invalid)
    #expect(Self.refusal { $0.times.issuedAt = Self.now - 30 * 86_400 } == .invalid)
  }

  @Test func `whom it is for, when, and what for`() {
    #expect(
      Self.refusal { $0.audience = .many([]) } == .invalid && Self.refusal { $0.audience = .one("A") } == .invalid)
    #expect(Self.refusal { $0.times.issuedAt = Self.now + 31 } == .invalid)
    #expect(Self.refusal { $0.times.notBefore = Self.now + 31 } == .invalid)
    #expect(Self.refusal { $0.times.notBefore = Self.now + 30 } == nil)
    #expect(Self.refusal { $0.purpose.kinds = ["Refresh"] } == .invalid)
    // What is wrong with a token comes before its age.
    #expect(
      Self.refusal {
        $0.times.expires = 1
        $0.purpose.isBound = true
      } == .invalid)
  }

  @Test(
    arguments: [
      (TokenPurpose(), true), (TokenPurpose(kinds: ["Bearer"]), true),
      (TokenPurpose(kinds: ["access", "bearer"]), true),
      (TokenPurpose(kinds: ["ID"]), false), (TokenPurpose(kinds: ["Bearer", "id"]), false),
      (TokenPurpose(kinds: [""]), false),
      (TokenPurpose(kinds: ["reset-credentials"]), false), (TokenPurpose(kinds: ["DPoP"]), false),
      (TokenPurpose(role: "authenticated"), true), (TokenPurpose(role: "anon"), false),
      (TokenPurpose(role: "service_role"), false), (TokenPurpose(hasHash: true), false),
      (TokenPurpose(isDeclaredAccess: true, hasHash: true), false), (TokenPurpose(hasEvents: true), false),
      (TokenPurpose(isBound: true), false), (TokenPurpose(hasNonce: true), false),
      (TokenPurpose(isDeclaredAccess: true, hasNonce: true), true),
      (TokenPurpose(kinds: ["Bearer"], hasNonce: true), true), (TokenPurpose(kinds: ["JWT"], hasNonce: true), false),
    ])
  func `only an access token is one`(purpose: TokenPurpose, isAccess: Bool) {
    #expect(purpose.isAccess == isAccess)
  }

  @Test func `only a login outlives its token`() {
    #expect(ForeignSession.login("x").outlivesToken)
    #expect(!ForeignSession.token("x").outlivesToken && !ForeignSession.times.outlivesToken)
  }
}
