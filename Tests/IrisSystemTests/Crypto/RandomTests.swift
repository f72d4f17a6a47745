import IrisSystem
import Testing

struct RandomTests {
  @Test(arguments: [-1, 0, 1, 16, 10_000]) func `gives as many bytes as asked for`(count: Int) throws {
    #expect(try Random.bytes(count).count == max(count, 0))
  }

  @Test func `two draws differ and use all values`() throws {
    let first = try Random.bytes(10_000)
    #expect(try Random.bytes(10_000) != first)
    #expect(Set(first).count == 256)
  }

  @Test func `a version 7 identifier begins with the time and carries version and variant`() throws {
    // The time of the example in RFC 9562, appendix A.6.
    let identifier = try Random.uuidV7(milliseconds: 0x017F_22E2_79B0)
    #expect(identifier.hasPrefix("017f22e2-79b0-7"))
    let variant = identifier[identifier.index(identifier.startIndex, offsetBy: 19)]
    #expect("89ab".contains(variant))
    #expect(Identifier.isUUID(identifier))
  }

  @Test func `version 7 identifiers of one millisecond differ, those of two sort by time`() throws {
    let many = try (0..<1_000).map { _ in try Random.uuidV7(milliseconds: 1_800_000_000_000) }
    #expect(Set(many).count == many.count)
    let later = try Random.uuidV7(milliseconds: 1_800_000_000_001)
    #expect(many.allSatisfy { $0 < later })
  }
}
