import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Our own access tokens: what we issue, and who may read it.
struct AccessTokensTests {
  private static let other = Sample.otherKey

  private static func tokens(_ secrets: [String]) throws -> AccessTokens {
    var settings = TokenForge.settings
    settings.secrets = secrets.map { Secret($0) }
    return try AccessTokens(settings)
  }

  private static func issue(_ secrets: [String] = [TokenForge.key], tier: Tier = .premium) throws -> String {
    try tokens(secrets).issue(
      account: TokenForge.user, session: TokenForge.session, tier: tier, now: TokenForge.now)
  }

  @Test(arguments: Tier.allCases) func `what was issued is read back`(tier: Tier) throws {
    let token = try Self.issue(tier: tier)
    let claims = try Self.tokens([TokenForge.key]).claims(
      authorization: "Bearer \(token)", now: Double(TokenForge.now) + 899.9)
    #expect(claims.sub == TokenForge.user && claims.sid == TokenForge.session && claims.tier == tier)
    #expect(claims.iss == "iris" && claims.aud == .one("iris") && claims.nbf == nil)
    #expect(claims.iat == Double(TokenForge.now) && claims.exp == Double(TokenForge.now + 900))
    #expect(Identifier.isUUID(claims.jti))
  }

  @Test func `a token is JWS compact serialisation that any library reads`() throws {
    let parts = try Self.issue().split(separator: ".").map(String.init)
    #expect(parts.count == 3)
    #expect(Base64URL.decode(parts[0]) == Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
    let payload = try StrictJSON.parse(#require(Base64URL.decode(parts[1])))
    #expect(payload.names == ["sub", "sid", "tier", "iss", "aud", "iat", "exp", "jti"])
    #expect(payload["exp"]?.number == Double(TokenForge.now + 900))
    let code = try MessageAuthenticationKey(Array(TokenForge.key.utf8)).code(for: "\(parts[0]).\(parts[1])")
    #expect(Base64URL.decode(parts[2]) == code)
  }

  @Test func `no two tokens are the same`() throws {
    #expect(try Set((1...50).map { _ in try Self.issue() }).count == 50)
  }

  @Test func `a published token verifies`() throws {
    // RFC 7515 appendix A.1's key is binary, so this is the same construction with a text key, signed elsewhere:
    // hmac.new(key, signing_input, sha256) of Python over the two parts below.
    let parts = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30"
    #expect(try TokenForge.sign(parts) == parts + ".svo3sQiBr6VRrugrrB1OoHS7Y-c0pzdPFYhCfjX7elM")
  }

  @Test(arguments: [
    // The keys that signed and those that verify.
    ([TokenForge.key], [TokenForge.key], "ok"), ([TokenForge.key], [other, TokenForge.key], "ok"),
    ([other, TokenForge.key], [other], "ok"), ([other, TokenForge.key], [TokenForge.key], "invalid_token"),
    ([other], [TokenForge.key], "invalid_token"), ([TokenForge.key + "x"], [TokenForge.key], "invalid_token"),
  ])
  func `the first key signs, all verify`(signing: [String], verifying: [String], outcome: String) throws {
    #expect(try TokenForge.outcome("Bearer \(Self.issue(signing))", secrets: verifying) == outcome)
  }

  @Test func `without a key nothing is issued or accepted, and that is nobody's token's fault`() throws {
    let tokens = try Self.tokens([])
    #expect(!tokens.isConfigured)
    #expect(throws: Problem(.unavailable)) {
      try tokens.issue(account: TokenForge.user, session: TokenForge.session, tier: .free, now: 0)
    }
    #expect(try TokenForge.outcome("Bearer \(Self.issue())", secrets: []) == "unavailable")
    #expect(try TokenForge.outcome(nil, secrets: []) == "unavailable")
  }

  @Test(arguments: [
    (-1.0, "ok"), (0, "ok"), (899, "ok"), (899.999, "ok"), (900, "expired_token"), (901, "expired_token"),
    (1e9, "expired_token"), (-30, "ok"), (-31, "invalid_token"),
  ])
  func `a token lives from its issue to its end`(offset: Double, outcome: String) throws {
    let authorization = "Bearer \(try Self.issue())"
    #expect(try TokenForge.outcome(authorization, now: Double(TokenForge.now) + offset) == outcome)
  }

  @Test(arguments: [
    ("Bearer TOKEN", "ok"), ("bearer TOKEN", "ok"), ("BEARER TOKEN", "ok"), ("bEaReR TOKEN", "ok"),
    ("Bearer  TOKEN", "ok"), ("Bearer     TOKEN", "ok"),
    ("", "missing_token"), ("Bearer", "invalid_token"), ("Bearer ", "invalid_token"), ("TOKEN", "invalid_token"),
    (" Bearer TOKEN", "invalid_token"), ("Bearer\tTOKEN", "invalid_token"), ("Bearer \tTOKEN", "invalid_token"),
    ("Bearer TOKEN ", "invalid_token"), ("Bearer TOKEN TOKEN", "invalid_token"),
    ("Bearer TOKEN,Bearer TOKEN", "invalid_token"), ("Bearer TOKEN, Bearer TOKEN", "invalid_token"),
    ("Bearer TOKEN,", "invalid_token"), ("Bearer \"TOKEN\"", "invalid_token"), ("Bearer: TOKEN", "invalid_token"),
    ("Basic TOKEN", "invalid_token"), ("BearerTOKEN", "invalid_token"), ("Bearer\u{A0}TOKEN", "invalid_token"),
    ("Bearer\nTOKEN", "invalid_token"), ("Bearer TOKEN\r\n", "invalid_token"),
    ("Bearer null", "invalid_token"), ("Bearer undefined", "invalid_token"), ("Bearer \u{0}TOKEN", "invalid_token"),
  ])
  func `the Authorization field`(pattern: String, outcome: String) throws {
    let token = try Self.issue()
    let field = pattern.split(separator: "TOKEN", omittingEmptySubsequences: false).joined(separator: token)
    #expect(try TokenForge.outcome(field) == outcome)
  }

  @Test func `no Authorization field is a missing token`() throws {
    #expect(try TokenForge.outcome(nil) == "missing_token")
  }
}
