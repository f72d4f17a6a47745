import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

struct RefreshTokensTests {
  private static func tokens(_ secrets: [String]) throws -> RefreshTokens {
    var settings = TokenForge.settings
    settings.secrets = secrets.map { Secret($0) }
    return try RefreshTokens(settings)
  }

  private static let parent = RefreshTokens.Token([UInt8](repeating: 7, count: 32))

  @Test func `a first token is 256 random bits, and only its hash is for the database`() throws {
    let tokens = try Self.tokens([Sample.key])
    let token = try tokens.first()
    #expect(Base64URL.decode(token.text)?.count == 32)
    #expect(token.hash == Digest.sha256(try #require(Base64URL.decode(token.text))))
    #expect(try Set((1...100).map { _ in try tokens.first().text }).count == 100)
  }

  @Test func `a token read from its text is the same token`() throws {
    let token = try Self.tokens([Sample.key]).first()
    #expect(RefreshTokens.Token(text: token.text) == token)
  }

  @Test(arguments: [
    "", "x", String(repeating: "A", count: 42), String(repeating: "A", count: 44),
    String(repeating: "A", count: 43) + "=",
    String(repeating: "+", count: 43), String(repeating: "A", count: 42) + "B", " " + String(repeating: "A", count: 43),
    String(repeating: "é", count: 43), String(repeating: "A", count: 100_000),
  ])
  func `a text that cannot be one of ours`(text: String) {
    #expect(RefreshTokens.Token(text: text) == nil)
  }

  @Test func `a child follows from its parent and the key alone`() throws {
    let child = try Self.tokens([Sample.key]).child(of: Self.parent)
    #expect(try Self.tokens([Sample.key]).child(of: Self.parent) == child)
    #expect(try Self.tokens([Sample.otherKey]).child(of: Self.parent) != child)
    #expect(try Self.tokens([Sample.key]).child(of: RefreshTokens.Token([UInt8](repeating: 8, count: 32))) != child)
    #expect(Base64URL.decode(child.text)?.count == 32 && child != Self.parent)
  }

  @Test func `the key of children is not the key of access tokens`() throws {
    let bytes = [UInt8](repeating: 7, count: 32)
    let child = try Self.tokens([Sample.key]).child(of: Self.parent)
    #expect(child != RefreshTokens.Token(try MessageAuthenticationKey(Array(Sample.key.utf8)).code(for: bytes)))
  }

  @Test func `the child that the database knows is found whichever key made it`() throws {
    let old = try Self.tokens([Sample.otherKey]).child(of: Self.parent)
    let both = try Self.tokens([Sample.key, Sample.otherKey])
    #expect(both.child(of: Self.parent, hash: old.hash) == old)
    let new = try both.child(of: Self.parent)
    #expect(new != old && both.child(of: Self.parent, hash: new.hash) == new)
    #expect(try Self.tokens([Sample.key]).child(of: Self.parent, hash: old.hash) == nil)
    #expect(both.child(of: Self.parent, hash: []) == nil)
    #expect(both.child(of: Self.parent, hash: Array(new.hash.dropLast())) == nil)
  }

  @Test func `without a key there are no children`() throws {
    let tokens = try Self.tokens([])
    #expect(throws: Problem(.unavailable)) { try tokens.child(of: Self.parent) }
    #expect(tokens.child(of: Self.parent, hash: Self.parent.hash) == nil)
  }
}
