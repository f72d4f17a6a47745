import IrisSystem
import Testing

@Suite struct Base64Tests {
  /// RFC 4648 §10, and the two letters in which base64url differs.
  @Test(
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"), ("\u{7FF}\u{7FF}", "37/fvw=="), ("~~~>>>", "fn5+Pj4+"),
    ])
  func `bytes and their text`(plain: String, encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
  }

  @Test func `padding may be missing, but not wrong`() {
    #expect(Base64.decode("Zg") == [0x66])
    for text in [
      "Zg=", "Zg===", "Z", "Z===", "Zm9v=", "Zm9v====", "Zh==", "Zm 9v", "Zm9v\n", "37_fvw==", "37-fvw", "=", "é",
    ] {
      #expect(Base64.decode(text) == nil, "\(text)")
    }
  }
}
