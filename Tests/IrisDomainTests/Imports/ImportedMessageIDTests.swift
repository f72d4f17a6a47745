import IrisDomain
import Testing

@Suite struct ImportedMessageIDTests {
  private func id(_ microseconds: Int64, isAnswer: Bool = false, _ old: String = "x", hash: UInt8 = 0xAB) -> [UInt8] {
    ImportedMessageID.octets(
      microseconds: microseconds, isAnswer: isAnswer, oldID: old, hash: Array(repeating: hash, count: 32))
  }

  @Test func `it is a UUIDv7 of its moment with the mark of imported ones`() {
    let octets = id(0x0123_4567_89AB * 1_000 + 500, "7")
    #expect(octets == [1, 0x23, 0x45, 0x67, 0x89, 0xAB, 0x78, 0x00, 0x80, 0, 0, 0, 0, 7, 0xAB, 0xAB])
  }

  @Test func `the same message has the same id, and another one another`() {
    #expect(id(1_700_000_000_000_000, "a") == id(1_700_000_000_000_000, "a"))
    #expect(id(1_700_000_000_000_000, "a") != id(1_700_000_000_000_000, "a", hash: 0xAC))
    #expect(id(1_700_000_000_000_000, "1") != id(1_700_000_000_000_000, "2"))
  }

  /// Earlier first: by the moment to a quarter of a microsecond, then by number, else the question before the answer.
  @Test func `ids are in the order in which things were said`() {
    let moment: Int64 = 1_700_000_000_123_000
    let ordered = [
      [id(moment, isAnswer: true, "99"), id(moment + 1, "1")], [id(moment + 998, "2"), id(moment + 999, "1")],
      [id(moment, isAnswer: true, "8"), id(moment, "9")],
      [id(moment, hash: 0xFF), id(moment, isAnswer: true, hash: 0)],
    ]
    for pair in ordered { #expect(pair[0].lexicographicallyPrecedes(pair[1])) }
  }
}
