import Testing

@testable import IrisFCGI

@Suite struct SpoolFrameTests {
  private static let payloads = ["{\"a\":1}", "{}", "{\"text\":\"IRIS-SPOOL/1 0000000002 é𝄞\\n\"}"]
  private static let frames = payloads.map { SpoolFrame.encode(Array($0.utf8)) }
  private static let whole = frames.flatMap { $0 }

  private static func texts(_ bytes: [UInt8]) -> [String] {
    SpoolFrame.scan(bytes).records.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  @Test func `a record is one line that says how long it is and what its hash is`() {
    let line = String(decoding: SpoolFrame.encode(Array("abc".utf8)), as: UTF8.self)
    #expect(
      line == """
        IRIS-SPOOL/1 0000000003 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad abc

        """)
  }

  @Test func `what was written is read again, and nothing is damaged`() {
    #expect(Self.texts(Self.whole) == Self.payloads)
    #expect(SpoolFrame.scan(Self.whole).damaged == [] && SpoolFrame.scan(Self.whole).tornBytes == 0)
    #expect(SpoolFrame.scan([]) == SpoolFrame.Contents())
  }

  @Test func `cut anywhere, the records before are whole and the rest is torn, not damaged`() {
    let start = Self.frames[0].count + Self.frames[1].count
    for end in start..<Self.whole.count {
      let cut = Array(Self.whole[..<end])
      let contents = SpoolFrame.scan(cut)
      // Without its line feed the record is whole already.
      let isWhole = end == Self.whole.count - 1
      #expect(Self.texts(cut) == Array(Self.payloads.prefix(isWhole ? 3 : 2)), "\(end)")
      #expect(contents.damaged == [], "\(end)")
      #expect(contents.tornBytes == (isWhole ? 0 : end - start), "\(end)")
    }
  }

  @Test(arguments: [0x01, 0x20, 0x80] as [UInt8])
  func `a byte that flipped costs its own record at most`(mask: UInt8) {
    let (first, second) = (Self.frames[0].count, Self.frames[1].count)
    for position in Self.whole.indices {
      var bytes = Self.whole
      bytes[position] ^= mask
      let own = position < first ? 0 : position < first + second ? 1 : 2
      let isLineFeed = Self.whole[position] == UInt8(ascii: "\n")
      let expected = isLineFeed ? Self.payloads : Self.payloads.enumerated().filter { $0.offset != own }.map(\.element)
      #expect(Self.texts(bytes) == expected, "\(position)")
      let contents = SpoolFrame.scan(bytes)
      // A length that grew beyond the file's end looks torn; there it is the last record.
      #expect(isLineFeed || contents.damaged.count == 1 || (own == 2 && contents.tornBytes > 0), "\(position)")
    }
  }

  @Test func `what is no spool at all is damaged as a whole`() {
    for text in ["nothing of ours", "\n\n", String(repeating: "\0", count: 200)] {
      let bytes = Array(text.utf8)
      #expect(SpoolFrame.scan(bytes).damaged == [0..<bytes.count], "\(text)")
      #expect(Self.texts(bytes + [UInt8(ascii: "\n")] + Self.whole) == Self.payloads, "\(text)")
    }
  }
}
