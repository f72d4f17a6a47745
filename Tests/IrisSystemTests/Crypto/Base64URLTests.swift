import IrisSystem
import Testing

struct Base64URLTests {
  /// RFC 4648 §10 without its padding, the example of RFC 7515 appendix C, and the two letters of this alphabet.
  static let pairs: [(bytes: [UInt8], text: String)] = [
    ([], ""), (Array("f".utf8), "Zg"), (Array("fo".utf8), "Zm8"), (Array("foo".utf8), "Zm9v"),
    (Array("foob".utf8), "Zm9vYg"), (Array("fooba".utf8), "Zm9vYmE"), (Array("foobar".utf8), "Zm9vYmFy"),
    ([3, 236, 255, 224, 193], "A-z_4ME"), ([0xFB, 0xFF], "-_8"), ([0], "AA"),
  ]

  @Test(arguments: pairs) func `encodes and decodes`(pair: (bytes: [UInt8], text: String)) {
    #expect(Base64URL.encode(pair.bytes) == pair.text)
    #expect(Base64URL.decode(pair.text) == pair.bytes)
    #expect(Base64URL.decode("x\(pair.text)".dropFirst()) == pair.bytes)
    #expect(Base64URL.decode(Array(pair.text.utf8)) == pair.bytes)
  }

  @Test func `every byte and length survives`() {
    let all = (0..<256).map { UInt8($0) }
    for length in 0...all.count {
      let bytes = Array(all.suffix(length))
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
  }

  @Test(arguments: [
    "Zg==", "Zm8=", "Zm9v=", "=", "A", "AAAAA", "A+z/4ME", "A-z/", "Zm 9v", " Zm9v", "Zm9v\n", "Zm\r\n9v", "Zm9v\0",
    "Zh", "Zn", "Zm9", "A-z_4MF", "Zm9vé", "Zm9.", "Zm9v,", "\u{FEFF}Zm9v",
  ])
  func `refuses a second spelling and foreign characters`(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test func `refuses bytes that are no UTF-8`() {
    #expect(Base64URL.decode([0x5A, 0xC3, 0x28, 0x67]) == nil)
  }
}

struct HexTests {
  @Test func `encodes in lower case and decodes either`() {
    #expect(Hex.encode([0, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
    #expect(Hex.decode("000fA5Ff") == [0, 0x0F, 0xA5, 0xFF])
    #expect(Hex.decode("") == [])
  }

  @Test(arguments: ["0", "abc", "0g", "0x00", " 00", "00 ", "-1", "é"]) func `refuses what is not pairs of digits`(
    text: String
  ) {
    #expect(Hex.decode(text) == nil)
  }
}
