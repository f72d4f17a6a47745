import IrisDomain
import Testing

@testable import IrisFCGI

/// From another issuer's payload to claims: what is missing, of another type, or written elsewhere than others do.
struct ForeignClaimsDecodingTests {
  private static let members = [
    ("iss", #""i""#), ("sub", #""s""#), ("aud", #""a""#), ("iat", "1"), ("exp", "2"),
  ]

  private static func claims(_ changes: [(String, String?)]) throws -> ForeignClaims? {
    var lines = members.filter { member in !changes.contains { $0.0 == member.0 } }
    lines += changes.compactMap { change in change.1.map { (change.0, $0) } }
    let text = "{" + lines.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    return ForeignClaims(try #require(StrictJSON.members(of: text.utf8)), isDeclaredAccess: false)
  }

  @Test(
    arguments: [
      ("iss", nil), ("iss", "1"), ("sub", nil), ("sub", "null"), ("sub", "5"), ("aud", nil), ("aud", "{}"),
      ("aud", "[1]"),
      ("iat", nil), ("iat", #""1""#), ("exp", nil), ("exp", "true"), ("nbf", #""1""#), ("session_id", "5"),
      ("session_id", #""a b""#), ("sid", "[]"), ("jti", "{}"), ("jti", #""é""#), ("typ", "1"), ("token_use", "null"),
    ] as [(String, String?)])
  func `a claim that is missing or of another type`(name: String, value: String?) throws {
    #expect(try Self.claims([(name, value)]) == nil)
  }

  @Test(
    arguments: [
      ([("session_id", #""x""#), ("sid", #""y""#), ("jti", #""z""#)], .login("x")),
      ([("sid", #""y""#), ("jti", #""z""#)], .login("y")), ([("jti", #""z""#)], .token("z")), ([], .times),
      ([("session_id", #""""#), ("sid", "null"), ("jti", #""z""#)], .token("z")),
    ] as [([(String, String?)], ForeignSession)])
  func `the best name of a session`(members: [(String, String?)], session: ForeignSession) throws {
    #expect(try Self.claims(members)?.session == session)
  }

  @Test(
    arguments: [
      (nil, false), ("null", false), ("false", false), ("true", true), (#""true""#, true), ("1", true),
    ] as [(String?, Bool)])
  func `a guest`(value: String?, isAnonymous: Bool) throws {
    #expect(try Self.claims([("is_anonymous", value)])?.isAnonymous == isAnonymous)
  }

  @Test func `names and addresses, where there are any`() throws {
    let metadata = #"{"full_name":" Ada  \u0000","name":"A"}"#
    let supabase = try Self.claims([("email", #""Ada@Example.org""#), ("user_metadata", metadata)])
    #expect(supabase?.name == "Ada" && supabase?.email?.text == "ada@example.org")
    #expect(try Self.claims([("name", #""Ada L""#), ("user_metadata", metadata)])?.name == "Ada L")
    let long = "\"" + String(repeating: "x", count: 101) + "\""
    for (email, name) in [("1", "2"), (#""""#, #""""#), (#""a b@c.d""#, "[]"), ("null", "null"), (#""x""#, long)] {
      let claims = try #require(try Self.claims([("email", email), ("name", name), ("user_metadata", "5")]))
      #expect(claims.email == nil && claims.name == nil)
    }
  }

  @Test func `what tells a token's purpose`() throws {
    let access = try #require(
      try Self.claims([("typ", #""Bearer""#), ("nonce", "1"), ("role", #"["anon"]"#)])?.purpose)
    #expect(access == TokenPurpose(kinds: ["Bearer"], hasNonce: true) && access.isAccess)
    let other = try Self.claims([("at_hash", "1"), ("events", "{}"), ("cnf", "{}"), ("role", #""anon""#)])?.purpose
    #expect(other == TokenPurpose(role: "anon", hasHash: true, hasEvents: true, isBound: true))
  }
}
