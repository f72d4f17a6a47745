import IrisSystem
import Testing

@testable import IrisFCGI

/// The published examples of JOSE (RFC 7520, RFC 7797, RFC 8037) and keys as Supabase makes them: those with our algorithms
/// and in compact form verify, the others fail. None of them is a user's token, since their payloads are no claims.
@Suite(.enabled(if: RecordedFixtures.wanted, RecordedFixtures.skipped))
struct JOSEConformanceTests {
  enum Outcome: Equatable {
    case verified, notVerified
    /// Not in the one form that we take.
    case noToken
    /// Signed with an algorithm that no key of ours does.
    case unknownAlgorithm
  }

  static let expectations: [(file: String, outcome: Outcome)] = [
    ("4_1.rsa_v15_signature", .verified), ("4_2.rsa-pss_signature", .unknownAlgorithm),
    ("4_3.ecdsa_signature", .unknownAlgorithm), ("4_4.hmac-sha2_integrity_protection", .verified),
    ("4_5.signature_with_detached_content", .notVerified), ("4_6.protecting_specific_header_fields", .noToken),
    ("4_7.protecting_content_only", .noToken), ("4_8.multiple_signatures", .noToken), ("curve25519_jws", .verified),
    ("hmac-sha2_b64_false", .noToken), ("4.2.hmac-sha2_b64_false", .noToken),
  ]

  private static func read(_ file: String) throws -> JSONValue {
    let fixtures = try #require(RecordedFixtures.shared, "IRIS_REQUIRE_FIXTURES=1, but there is no folder of fixtures")
    return try StrictJSON.parse(try fixtures.bytes("jose/\(file).json"))
  }

  private static func outcome(_ token: String, keys: [JSONValue]) throws -> Outcome {
    guard let jws = CompactJWS(Substring(token)) else { return .noToken }
    #expect(jws.members() == nil, "the payload is a sentence")
    if jws.algorithm == "HS256" {
      let secret = try #require(keys.first?["k"]?.text.flatMap { Base64URL.decode($0) })
      return try MessageAuthenticationKey(secret).isValid(jws.signature, for: jws.signed) ? .verified : .notVerified
    }
    guard let algorithm = SignatureAlgorithm(rawValue: jws.algorithm) else { return .unknownAlgorithm }
    let set = try JWKSet(JSONBytes(["keys": keys] as JSONObject).bytes)
    guard case .keys(let candidates) = set.match(jws.keyID, algorithm) else { return .notVerified }
    let message = Array(jws.signed.utf8)
    let isGood = candidates.contains { $0.key.verifies(jws.signature, of: message, algorithm: algorithm) }
    return isGood ? .verified : .notVerified
  }

  @Test(arguments: expectations) func `an example verifies or fails as it should`(file: String, outcome: Outcome) throws
  {
    let example = try Self.read(file)
    let key = try #require(example["input"]?["key"])
    let keys = key.array ?? [key]
    if let compact = example["output"]?["compact"]?.text {
      #expect(try Self.outcome(compact, keys: keys) == outcome)
      if outcome == .verified {
        var parts = compact.split(separator: ".").map(String.init)
        parts[1] = Base64URL.encode(Array("another payload".utf8))
        #expect(try Self.outcome(parts.joined(separator: "."), keys: keys) == .notVerified)
      }
    }
    for form in ["json", "json_flat"] {
      guard let value = example["output"]?[form] else { continue }
      #expect(try Self.outcome(JSONBytes(value).text, keys: keys) == .noToken)
    }
  }

  @Test func `keys as Supabase makes them`() throws {
    let keys = try #require(try Self.read("supabase_style_keys").array)
    let set = try JWKSet(JSONBytes(["keys": keys] as JSONObject).bytes)
    #expect(set.keys.map(\.id) == ["2", "3", "4"] && set.flaws.isEmpty, "the shared secret is none")
    #expect(set.keys.map(\.algorithms) == [[.rs256], [.es256], [.edDSA]])
    let text = String(decoding: set.document, as: UTF8.self)
    for secret in keys.flatMap({ key in ["k", "d", "p", "q"].compactMap { key[$0]?.text } }) {
      #expect(!text.contains(secret))
    }
    if case .keys = set.match(.string("1"), .rs256) { Issue.record("the secret's id leads to a key") }
  }
}
