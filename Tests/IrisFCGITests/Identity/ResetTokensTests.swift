import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

struct ResetTokensTests {
  private static func tokens(_ secrets: [String]) throws -> ResetTokens {
    var settings = TokenForge.settings
    settings.secrets = secrets.map { Secret($0) }
    return try ResetTokens(settings)
  }

  private static let id = "0198f6a0-1234-7abc-8def-0123456789ab"

  @Test func `a token leads back to its reset and follows from it`() throws {
    let tokens = try Self.tokens([Sample.key])
    let token = try tokens.token(for: Self.id)
    #expect(tokens.reset(of: token) == Self.id)
    #expect(try tokens.token(for: Self.id) == token && token.utf8.count == 64)
    #expect(token.utf8.allSatisfy { $0 < 0x80 } && !token.contains(Self.id))
  }

  @Test func `the first key makes tokens, all know them`() throws {
    let old = try Self.tokens([Sample.otherKey]).token(for: Self.id)
    let both = try Self.tokens([Sample.key, Sample.otherKey])
    #expect(both.reset(of: old) == Self.id)
    #expect(try both.token(for: Self.id) == Self.tokens([Sample.key]).token(for: Self.id))
    #expect(try Self.tokens([Sample.key]).reset(of: old) == nil)
    #expect(try Self.tokens([Sample.otherKey, Sample.key]).reset(of: both.token(for: Self.id)) == Self.id)
  }

  @Test func `no bit of a token may change`() throws {
    let tokens = try Self.tokens([Sample.key])
    let bytes = try #require(Base64URL.decode(try tokens.token(for: Self.id)))
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 1
      #expect(tokens.reset(of: Base64URL.encode(changed)) == nil)
    }
    #expect(tokens.reset(of: Base64URL.encode(Array(bytes.dropLast()))) == nil)
    #expect(tokens.reset(of: Base64URL.encode(bytes + [0])) == nil)
  }

  @Test(arguments: ["", "x", String(repeating: "A", count: 64), String(repeating: "é", count: 64), " "])
  func `what is no token`(text: String) throws { #expect(try Self.tokens([Sample.key]).reset(of: text) == nil) }

  /// A code made for another purpose with the same secret.
  @Test func `the key is of this purpose alone`() throws {
    let octets = try #require(Identifier.octets(of: Self.id))
    let settings = TokenSettings(
      secrets: [Secret(Sample.key)], issuer: "i", audience: "a", accessSeconds: 1, refreshSeconds: 1,
      sessionMaxSeconds: 1)
    let others = [try MessageAuthenticationKey(Array(Sample.key.utf8))] + (try settings.keys(for: "iris refresh token"))
    for key in others {
      #expect(try Self.tokens([Sample.key]).reset(of: Base64URL.encode(octets + key.code(for: octets))) == nil)
    }
  }

  @Test func `without a key there are no tokens`() throws {
    let tokens = try Self.tokens([])
    #expect(throws: Problem(.unavailable)) { try tokens.token(for: Self.id) }
    #expect(try tokens.reset(of: Self.tokens([Sample.key]).token(for: Self.id)) == nil)
  }
}
