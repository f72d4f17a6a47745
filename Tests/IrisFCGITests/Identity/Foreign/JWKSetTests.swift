import IrisSystem
import Testing

@testable import IrisFCGI

/// What becomes of an issuer's JWK set (RFC 7517).
struct JWKSetTests {
  private typealias Vectors = ForeignVectors

  private static func set(_ keys: String) throws -> JWKSet { try JWKSet(Array(#"{"keys":[\#(keys)]}"#.utf8)) }

  /// The number of keys that a `kid` and an algorithm lead to; nil: no key has the id.
  private static func count(_ set: JWKSet, _ id: JSONValue?, _ algorithm: SignatureAlgorithm) -> Int? {
    if case .keys(let keys) = set.match(id, algorithm) { keys.count } else { nil }
  }

  @Test func `a key does what its type can, unless it says less`() throws {
    let set = try JWKSet(Vectors.set(Vectors.rsaKey, Vectors.ecKey, Vectors.edKey))
    #expect(set.keys.map(\.algorithms) == [[.rs256, .ps256], [.es256], [.edDSA]] && set.flaws.isEmpty)
    let ps256 = Vectors.rsaKey.replacing(#""kid""#, with: #""alg":"PS256","kid""#)
    #expect(try Self.set(ps256).keys.map(\.algorithms) == [[.ps256]])
  }

  @Test(arguments: [
    #""use":"enc""#, #""use":1"#, #""use":null"#, #""key_ops":["sign"]"#, #""key_ops":[]"#, #""key_ops":"verify""#,
    #""alg":"RS512""#, #""alg":"HS256""#, #""alg":"ES256""#, #""alg":"none""#, #""alg":"RSA-OAEP""#, #""alg":1"#,
  ])
  func `a key for something else is left out`(member: String) throws {
    let set = try Self.set(Vectors.rsaKey.replacing(#""kid":"r""#, with: #""kid":"r",\#(member)"#))
    #expect(set.keys.isEmpty && set.flaws.isEmpty)
  }

  @Test(arguments: [
    #"{"kty":"oct","k":"AAAA","kid":"s","alg":"HS256"}"#, #"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#,
    #"{"kty":"OKP","crv":"Ed448","x":"AA"}"#, #"{"kty":"OKP","crv":"X25519","x":"AA"}"#, #"{"kty":"rsa"}"#, "{}",
    #""text""#, "null", "[]", #"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#,
  ])
  func `a key of another kind, and a secret above all, is ignored`(key: String) throws {
    let set = try Self.set("\(key),\(Vectors.ecKey)")
    #expect(set.keys.map(\.id) == ["e"] && set.flaws.isEmpty)
  }

  @Test(arguments: [
    #"{"kty":"RSA","e":"AQAB"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","n":5,"e":"AQAB"}"#,
    #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#, #"{"kty":"OKP","crv":"Ed25519","x":"AA=="}"#,
    #"{"kty":"RSA","n":"\#(ForeignVectors.rsaModulus)","e":"AQ"}"#,
    #"{"kty":"RSA","n":"\#(ForeignVectors.rsaModulus)","e":"AQAB","kid":7}"#,
    #"{"kty":"RSA","n":"\#(ForeignVectors.rsaModulus)=","e":"AQAB"}"#,
    #"{"kty":"EC","crv":"P-256","x":"\#(ForeignVectors.ecX)","y":"\#(ForeignVectors.ecX)"}"#,
  ])
  func `a weak or damaged key is left out and told of`(key: String) throws {
    let set = try Self.set("\(key),\(Vectors.ecKey)")
    #expect(set.keys.map(\.id) == ["e"] && set.flaws.count == 1)
    #expect(!set.flaws[0].contains("AQAB"), "nothing of the key is in the words")
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"keys":{}}"#, #"{"keys":null}"#, "<html>", #"{"keys":[],"keys":[]}"#,
    "[\(ForeignVectors.ecKey)]",
    #"{"Keys":[]}"#, "\u{FEFF}" + #"{"keys":[]}"#,
    #"{"keys":["# + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "]}",
  ])
  func `what is no JWK set`(text: String) {
    #expect(throws: JWKSet.Refusal.notASet) { try JWKSet(Array(text.utf8)) }
  }

  @Test func `sets have bounds`() throws {
    let many = Array(repeating: Vectors.ecKey, count: JWKSet.maximumKeys)
    #expect(try Self.set(many.joined(separator: ",")).keys.count == JWKSet.maximumKeys)
    #expect(throws: JWKSet.Refusal.tooLarge) { try Self.set((many + ["{}"]).joined(separator: ",")) }
    let blanks = [UInt8](repeating: 0x20, count: JWKSet.maximumBytes)
    #expect(throws: JWKSet.Refusal.tooLarge) { try JWKSet(blanks + Vectors.set(Vectors.ecKey)) }
  }

  @Test func `a key id leads to its key alone`() throws {
    let set = try JWKSet(Vectors.set(Vectors.rsaKey, Vectors.ecKey, Vectors.edKey))
    #expect(Self.count(set, .string("e"), .es256) == 1 && Self.count(set, .string("r"), .ps256) == 1)
    #expect(Self.count(set, .string("e"), .rs256) == 0, "the key fixes the algorithm")
    #expect(Self.count(set, .string("E"), .es256) == nil && Self.count(set, .string(""), .es256) == nil)
    for id in [JSONValue.null, .number(1), .bool(true), .array([.string("e")]), .object(["kid": .string("e")])] {
      #expect(Self.count(set, id, .es256) == 0)
    }
  }

  @Test func `without a key id the only key that can is it`() throws {
    let one = try JWKSet(Vectors.set(Vectors.rsaKey, Vectors.ecKey))
    #expect(Self.count(one, nil, .es256) == 1 && Self.count(one, nil, .ps256) == 1 && Self.count(one, nil, .edDSA) == 0)
    let two = try JWKSet(Vectors.set(Vectors.ecKey, Vectors.newKeyOfSet))
    #expect(Self.count(two, nil, .es256) == 0)
  }

  @Test func `what workers share holds the public members alone`() throws {
    let full = Vectors.rsaKey.replacing(#""kid""#, with: #""d":"c2VjcmV0","p":"c2VjcmV0","x5c":["MII"],"kid""#)
    let set = try Self.set(#"\#(full),\#(Vectors.ecKey),\#(Vectors.edKey),{"kty":"oct","k":"c2VjcmV0"}"#)
    let again = try JWKSet(set.document)
    #expect(again.keys.map(\.id) == ["r", "e", "o"] && again.keys.map(\.algorithms) == set.keys.map(\.algorithms))
    let text = String(decoding: set.document, as: UTF8.self)
    #expect(!text.contains("c2VjcmV0") && !text.contains("MII") && again.document == set.document)
  }
}

extension String {
  /// With every occurrence exchanged.
  func replacing(_ text: String, with other: String) -> String {
    split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
  }
}
