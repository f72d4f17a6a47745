import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Tokens that must not pass (RFC 7515, 7519, 8725): one answer for all of them, `invalid_token`, unless the signature is
/// good and nothing is wrong but the age.
struct AccessTokenAttackTests {
  private static func outcome(_ token: String) throws -> String { try TokenForge.outcome("Bearer \(token)") }

  @Test(arguments: [
    #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"NONE"}"#, #"{"alg":"nOnE"}"#, #"{"alg":""}"#, #"{"typ":"JWT"}"#,
    #"{"alg":256}"#, #"{"alg":null}"#, #"{"alg":true}"#, #"{"alg":["HS256"]}"#, #"{"alg":{"HS256":1}}"#,
    #"{"alg":"hs256"}"#, #"{"alg":"Hs256"}"#, #"{"alg":"HS256 "}"#, #"{"alg":"HS256\u0000"}"#, #"{"alg":"HS384"}"#,
    #"{"alg":"HS512"}"#, #"{"alg":"RS256"}"#, #"{"alg":"PS256"}"#, #"{"alg":"ES256"}"#, #"{"alg":"EdDSA"}"#,
    #"{"ALG":"HS256"}"#, #"{"alg":"HS256","crit":[]}"#, #"{"alg":"HS256","crit":["b64"],"b64":false}"#,
    #"{"alg":"HS256","crit":["exp"]}"#, #"{"alg":"HS256","crit":["x"],"x":1}"#, #"{"alg":"HS256","crit":null}"#,
    #"{"alg":"HS256","b64":false}"#, #"{"alg":"none","alg":"HS256"}"#, #"{"alg":"HS256","alg":"none"}"#,
    #"{"alg":"HS256","alg":"HS256"}"#, #"{"alg":"none","\u0061lg":"HS256"}"#, #"{"alg":"HS256","typ":"refresh"}"#,
    #"{"alg":"HS256","typ":"JWE"}"#, #"{"alg":"HS256","typ":1}"#, #"{"alg":"HS256","typ":"id_token"}"#,
    #"["HS256"]"#, #""HS256""#, "256", "null", "", " ", "{", #"{"alg":"HS256"}x"#, #"{"alg":"HS256",}"#,
    #"{'alg':'HS256'}"#, "\u{FEFF}" + #"{"alg":"HS256"}"#, #"{"alg":"HS256","x":"\ud800"}"#,
  ])
  func `a header that is not ours, well signed, without a signature, and signed by nobody`(header: String) throws {
    #expect(try Self.outcome(TokenForge.token(header: header)) == "invalid_token")
    let parts = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(TokenForge.payload().utf8))
    #expect(try Self.outcome(parts + ".") == "invalid_token")
    #expect(try Self.outcome(parts) == "invalid_token")
  }

  @Test(arguments: [
    #"{"alg":"HS256"}"#, #"{"typ":"jwt","alg":"HS256"}"#, #"{"alg":"HS256","typ":"at+jwt"}"#,
    #" { "typ" : "JWT" , "alg" : "HS256" } "#, #"{"\u0061lg":"HS\u003256"}"#,
    #"{"alg":"HS256","kid":"/dev/null"}"#, #"{"alg":"HS256","kid":"../../etc/passwd"}"#,
    #"{"alg":"HS256","kid":"x' UNION SELECT '1';--"}"#, #"{"alg":"HS256","kid":"|sleep 10"}"#,
    #"{"alg":"HS256","kid":""}"#, #"{"alg":"HS256","kid":7}"#, #"{"alg":"HS256","jku":"http://127.0.0.1:1/keys"}"#,
    #"{"alg":"HS256","x5u":"http://127.0.0.1:1/c.pem"}"#, #"{"alg":"HS256","x5c":["MII"]}"#,
    #"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#,
  ])
  func `a header that names keys chooses none`(header: String) throws {
    #expect(try Self.outcome(TokenForge.token(header: header)) == "ok")
    #expect(try Self.outcome(TokenForge.token(header: header, key: Sample.otherKey)) == "invalid_token")
    #expect(try Self.outcome(TokenForge.token(header: header, key: "\0\0\0")) == "invalid_token")
  }

  @Test(
    arguments: [
      [0xFF, 0xFE, 0x7B, 0x00], #"{"alg":"HS256"}"#.utf16LittleEndian, [0xC0, 0xAF], [],
    ] as [[UInt8]])
  func `a header in another encoding`(header: [UInt8]) throws {
    let token = try TokenForge.token(header: header, payload: Array(TokenForge.payload().utf8))
    #expect(try Self.outcome(token) == "invalid_token")
  }

  private static let now = TokenForge.now

  @Test(
    arguments: [
      ("exp", nil), ("exp", "null"), ("exp", "\"1800000900\""), ("exp", "-1"), ("exp", "0"), ("exp", "1e400"),
      ("exp", "-1e400"), ("exp", "true"), ("exp", "[1800000900]"), ("exp", "{}"), ("exp", "1800000900000"),
      ("exp", "1e300"), ("exp", "9223372036854775808"), ("iat", nil), ("iat", "null"), ("iat", "\"1800000000\""),
      ("iat", "-1"), ("iat", "\(now + 31)"), ("iat", "1800000000000"), ("iat", "1e400"), ("nbf", "\(now + 31)"),
      ("nbf", "\"1\""), ("nbf", "true"), ("nbf", "1e400"), ("nbf", "[]"),
      ("iss", nil), ("iss", "null"), ("iss", "\"\""), ("iss", "\"IRIS\""), ("iss", "\"iris/\""), ("iss", "\" iris\""),
      ("iss", "\"iris\\u0000\""), ("iss", "\"https://iris\""), ("iss", "[\"iris\"]"), ("iss", "1"), ("iss", "{}"),
      ("aud", nil), ("aud", "null"), ("aud", "[]"), ("aud", "{}"), ("aud", "\"\""), ("aud", "\"iri\""),
      ("aud", "\"iris2\""), ("aud", "\"IRIS\""), ("aud", "[\"other\"]"), ("aud", "[\"iris\",5]"),
      ("aud", "[null,\"iris\"]"),
      ("aud", "[[\"iris\"]]"), ("aud", "{\"iris\":1}"), ("aud", "7"), ("aud", "\"iris-internal\""),
      ("sub", nil), ("sub", "null"), ("sub", "\"\""), ("sub", "1"), ("sub", "\"me\""),
      ("sub", "[\"\(TokenForge.user)\"]"),
      ("sub", "\"\(TokenForge.user)\\n\""), ("sub", "\"\(TokenForge.user.replacingLetters)\""),
      ("sub", "\"{\(TokenForge.user)}\""), ("sub", "\"' OR 1=1 --\""),
      ("sid", nil), ("sid", "null"), ("sid", "\"\""), ("sid", "2"), ("sid", "\"session\""),
      ("tier", nil), ("tier", "null"), ("tier", "\"gold\""), ("tier", "\"PREMIUM\""), ("tier", "1"),
    ] as [(String, String?)])
  func `a well-signed claim that is not as it must be`(name: String, value: String?) throws {
    #expect(try Self.outcome(TokenForge.token(payload: TokenForge.payload(name, value))) == "invalid_token")
  }

  @Test(arguments: [
    ("exp", "\(now)"), ("exp", "\(now - 1)"), ("exp", "1"), ("exp", "\(now).0"), ("exp", "1799999999.999"),
    ("exp", "0.5"),
  ])
  func `a token that is only too old says so`(name: String, value: String) throws {
    #expect(try Self.outcome(TokenForge.token(payload: TokenForge.payload(name, value))) == "expired_token")
    let forged = try TokenForge.token(payload: TokenForge.payload(name, value), key: Sample.otherKey)
    #expect(try Self.outcome(forged) == "invalid_token")
  }

  @Test(arguments: [
    ("exp", "1800000000.5"), ("exp", "1.8000009e9"), ("iat", "1799999999.25"), ("iat", "\(now + 30)"),
    ("nbf", "\(now + 30)"), ("nbf", "0"), ("nbf", "1799999999.5"), ("aud", "[\"iris\"]"),
    ("aud", "[\"other\",\"iris\"]"), ("scope", "\"anything\""), ("role", "{\"admin\":true}"),
  ])
  func `a well-signed claim that is legal`(name: String, value: String) throws {
    #expect(try Self.outcome(TokenForge.token(payload: TokenForge.payload(name, value))) == "ok")
  }

  @Test(arguments: [
    #","exp":9999999999"#, #","exp":1800000900"#, #","sub":"01900000-0000-7000-8000-000000000009""#,
    #","\u0073ub":"01900000-0000-7000-8000-000000000009""#, #","x":1,"x":1"#, #","x":{"y":1,"y":2}"#,
    #","x":"\udc00""#, ",\"x\":" + String(repeating: "[", count: 32) + String(repeating: "]", count: 32),
  ])
  func `claims that two readers could read differently`(more: String) throws {
    #expect(try Self.outcome(TokenForge.token(payload: TokenForge.payload(also: more))) == "invalid_token")
  }

  @Test(arguments: [
    "[]", "[{}]", "5", "\"text\"", "null", "true", "", " ", "{", "{}", "{} {}", "\u{FEFF}" + TokenForge.payload(),
    TokenForge.payload() + "x", "[" + TokenForge.payload() + "]",
  ])
  func `a payload that is no set of claims`(payload: String) throws {
    #expect(try Self.outcome(TokenForge.token(payload: payload)) == "invalid_token")
  }

  @Test func `a payload in UTF-16`() throws {
    let payload = TokenForge.payload().utf16LittleEndian
    let token = try TokenForge.token(header: Array(TokenForge.header.utf8), payload: payload)
    #expect(try Self.outcome(token) == "invalid_token")
  }
}

extension String {
  fileprivate var utf16LittleEndian: [UInt8] {
    utf16.flatMap { unit -> [UInt8] in [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)] }
  }

  /// In upper case and with letters to show it.
  fileprivate var replacingLetters: String { "ABCDEF" + dropFirst(6) }
}
