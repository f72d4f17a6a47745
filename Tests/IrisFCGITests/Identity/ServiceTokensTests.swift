import IrisDomain
import Testing

@testable import IrisFCGI

/// The unified backend's tokens. Their claims are tried in the domain and against the running service.
struct ServiceTokensTests {
  private static let payload = #"{"sub":"backend","aud":"iris-internal","iat":1800000000,"exp":1800000600}"#

  private static func outcome(_ token: String?, secret: String? = Sample.otherKey) throws -> String {
    let tokens = try ServiceTokens(secret.map { Secret($0) })
    return try TokenForge.outcome {
      try tokens.check(authorization: token.map { "Bearer \($0)" }, now: Double(TokenForge.now))
    }
  }

  @Test func `a service's token is good for the service's key alone`() throws {
    let token = try TokenForge.token(payload: Self.payload, key: Sample.otherKey)
    #expect(try Self.outcome(token) == "ok")
    #expect(try Self.outcome(token, secret: Sample.key) == "invalid_token")
    #expect(try Self.outcome(token, secret: nil) == "invalid_token")
    #expect(try Self.outcome(nil) == "missing_token")
    #expect(try TokenForge.outcome("Bearer \(token)", secrets: [Sample.otherKey]) == "invalid_token", "no user's token")
  }

  @Test func `a user's token is none, also where an operator uses one secret twice`() throws {
    #expect(try Self.outcome(TokenForge.token(), secret: TokenForge.key) == "invalid_token")
    let internalAudience = TokenForge.payload("aud", #""iris-internal""#).replacing("1800000900", with: "1800000600")
    #expect(try Self.outcome(TokenForge.token(payload: internalAudience), secret: TokenForge.key) == "invalid_token")
  }

  @Test(arguments: [
    #"{"alg":"none"}"#, #"{"alg":"HS512"}"#, #"{"alg":"ES256"}"#, #"{"alg":"HS256","crit":["x"],"x":1}"#,
    #"{"alg":"HS256","b64":false}"#, #"{"alg":"HS256","typ":"JWE"}"#, "{}",
  ])
  func `a header that is not ours`(header: String) throws {
    let token = try TokenForge.token(header: header, payload: Self.payload, key: Sample.otherKey)
    #expect(try Self.outcome(token) == "invalid_token")
  }

  @Test(arguments: [
    ("iat", "1799999000", "invalid_token"), ("exp", "1800000601", "invalid_token"),
    ("exp", "1800000000", "expired_token"),
    ("nbf", "1800000031", "invalid_token"), ("nbf", "1800000030", "ok"), ("sub", #""""#, "invalid_token"),
    ("aud", #"["x","iris-internal"]"#, "ok"), ("aud", #"["x"]"#, "invalid_token"), ("iss", "5", "ok"),
  ])
  func `claims behind a good signature`(name: String, value: String, code: String) throws {
    let members = ["sub": #""b""#, "aud": #""iris-internal""#, "iat": "1800000000", "exp": "1800000600"]
      .merging([name: value]) { $1 }
    let payload = "{" + members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    #expect(try Self.outcome(TokenForge.token(payload: payload, key: Sample.otherKey)) == code)
    #expect(try Self.outcome(TokenForge.token(payload: payload)) == "invalid_token")
  }
}
