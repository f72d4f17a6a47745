import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

struct PseudonymsTests {
  private static let id = "01900000-0000-7000-8000-000000000001"

  private static func pseudonyms(_ keys: String...) throws -> Pseudonyms {
    try Pseudonyms(keys: keys.map { Secret($0) })
  }

  @Test func `one id has one pseudonym per purpose, and no two share it`() throws {
    let pseudonyms = try Self.pseudonyms(Sample.key)
    let user = try #require(pseudonyms.user(Self.id))
    #expect(pseudonyms.user(Self.id) == user)
    #expect(pseudonyms.conversation(Self.id) != user)
    #expect(pseudonyms.user(Self.id.replacingLast) != user)
    #expect(user.utf8.count == 32 && user.utf8.allSatisfy { $0 < 0x67 && Character(Unicode.Scalar($0)).isHexDigit })
    #expect(!user.contains("-") && !Self.id.contains(user))
  }

  @Test func `the first key makes it`() throws {
    let user = try Self.pseudonyms(Sample.key).user(Self.id)
    #expect(try Self.pseudonyms(Sample.key, Sample.otherKey).user(Self.id) == user)
    #expect(try Self.pseudonyms(Sample.otherKey, Sample.key).user(Self.id) != user)
  }

  @Test func `who knows the ids but not the key cannot tell`() throws {
    let pseudonyms = try Self.pseudonyms(Sample.key)
    let user = try #require(pseudonyms.user(Self.id))
    for guess in [Self.id, "user:" + Self.id, Sample.key + Self.id, Self.id + Sample.key] {
      #expect(!Hex.encode(Digest.sha256(Array(guess.utf8))).hasPrefix(user))
    }
  }

  @Test func `without a key there is none rather than the id itself`() throws {
    let none = try Self.pseudonyms()
    #expect(none.user(Self.id) == nil && none.conversation(Self.id) == nil)
  }

  @Test func `it is the keyed hash that an auditor can recompute`() throws {
    // hmac.new(key, b"user:" + id, sha256).hexdigest()[:32] of Python
    #expect(try Self.pseudonyms(Sample.key).user(Self.id) == "a15fe390eecf274618921724e4c072b7")
  }
}

extension String {
  fileprivate var replacingLast: String { dropLast() + "2" }
}
