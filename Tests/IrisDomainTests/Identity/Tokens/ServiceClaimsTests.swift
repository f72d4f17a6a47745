import IrisDomain
import Testing

struct ServiceClaimsTests {
  private static let now = 1_800_000_000.0

  private static func refusal(_ change: (inout ServiceClaims) -> Void) -> Claims.Refusal? {
    var claims = ServiceClaims(
      subject: "backend", audience: .one("iris-internal"), times: TokenTimes(issuedAt: now, expires: now + 600),
      hasSession: false)
    change(&claims)
    do throws(Claims.Refusal) {
      try claims.check(now: now)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      // Issued and expiring so many seconds from now.
      (0, 600, nil), (0, 600.5, .invalid), (30, 630, nil), (31, 100, .invalid), (-599, 1, nil), (-600, 0, .expired),
      (-601, 0, .invalid), (0, -1, .expired), (0, .infinity, .invalid), (.nan, 1, .invalid), (-2e9, -2e9 + 1, .invalid),
    ] as [(Double, Double, Claims.Refusal?)])
  func `a token is made for a call`(issued: Double, expires: Double, refusal: Claims.Refusal?) {
    #expect(Self.refusal { $0.times = TokenTimes(issuedAt: Self.now + issued, expires: Self.now + expires) } == refusal)
  }

  @Test func `whose it is and for whom`() {
    #expect(Self.refusal { $0.subject = "" } == .invalid && Self.refusal { $0.hasSession = true } == .invalid)
    #expect(
      Self.refusal { $0.audience = .one("iris") } == .invalid && Self.refusal { $0.audience = .many([]) } == .invalid)
    #expect(Self.refusal { $0.audience = .many(["x", "iris-internal"]) } == nil)
  }
}
