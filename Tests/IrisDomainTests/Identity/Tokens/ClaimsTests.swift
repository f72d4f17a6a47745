import IrisDomain
import Testing

struct ClaimsTests {
  private static let now = 1_800_000_000.0

  private static func claims(_ change: (inout Claims) -> Void) -> Claims {
    var claims = Claims(
      sub: "u", sid: "s", tier: .free, iss: "iris", aud: .one("iris"), iat: 1_800_000_000, exp: 1_800_000_900, jti: "j")
    change(&claims)
    return claims
  }

  private static func refusal(_ change: (inout Claims) -> Void) -> Claims.Refusal? {
    do throws(Claims.Refusal) {
      try claims(change).check(now: now, issuer: "iris", audience: "iris")
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      // An expiry counted from now, and what comes of it.
      (0.001, nil), (900, nil), (366 * 86_400, nil), (0, .expired), (-0.001, .expired), (-1e9, .expired),
      (-1_800_000_000, .invalid), (-1_800_000_001, .invalid), (366 * 86_400 + 1, .invalid), (.infinity, .invalid),
      (-.infinity, .invalid), (.nan, .invalid),
    ] as [(Double, Claims.Refusal?)])
  func `a token ends when it says`(offset: Double, refusal: Claims.Refusal?) {
    #expect(Self.refusal { $0.exp = Self.now + offset } == refusal)
  }

  @Test(
    arguments: [
      (0.0, nil), (-1e9, nil), (TokenTimes.leeway, nil), (TokenTimes.leeway + 0.001, .invalid), (.infinity, .invalid),
      (.nan, .invalid), (-1_800_000_001, .invalid),
    ] as [(Double, Claims.Refusal?)])
  func `a token is not from the future`(offset: Double, refusal: Claims.Refusal?) {
    #expect(Self.refusal { $0.iat = Self.now + offset } == refusal)
  }

  @Test(
    arguments: [
      (-1e9, nil), (0, nil), (TokenTimes.leeway, nil), (TokenTimes.leeway + 0.001, .invalid), (.nan, .invalid),
      (.infinity, .invalid),
    ] as [(Double, Claims.Refusal?)])
  func `a token may begin later`(offset: Double, refusal: Claims.Refusal?) {
    #expect(Self.refusal { $0.nbf = Self.now + offset } == refusal)
  }

  @Test func `what is wrong with a token comes before its age`() {
    #expect(
      Self.refusal {
        $0.exp = 1
        $0.iss = "other"
      } == .invalid)
  }

  @Test func `whom a token is for`() {
    #expect(Self.refusal { $0.aud = .many([]) } == .invalid)
    #expect(Self.refusal { $0.aud = .many(["a", "b"]) } == .invalid)
    #expect(Self.refusal { $0.aud = .one("iris ") } == .invalid)
    #expect(Self.refusal { $0.aud = .many(["a", "iris"]) } == nil)
    #expect(Self.refusal { $0.sub = "" } == .invalid && Self.refusal { $0.sid = "" } == .invalid)
  }
}
