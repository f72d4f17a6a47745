import IrisSystem
import Testing

struct MessageAuthenticationTests {
  struct Vector: CustomTestStringConvertible {
    let name: String
    let key: [UInt8]
    let message: [UInt8]
    let code: String
    var testDescription: String { name }
  }

  /// RFC 4231 §4: a short key, a key with a zero-free text, binary data, keys and data longer than a block.
  static let vectors = [
    Vector(
      name: "4.2", key: [UInt8](repeating: 0x0B, count: 20), message: Array("Hi There".utf8),
      code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Vector(
      name: "4.3", key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
      code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    Vector(
      name: "4.4", key: [UInt8](repeating: 0xAA, count: 20), message: [UInt8](repeating: 0xDD, count: 50),
      code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Vector(
      name: "4.7", key: [UInt8](repeating: 0xAA, count: 131),
      message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    Vector(
      name: "4.8", key: [UInt8](repeating: 0xAA, count: 131),
      message: Array(
        """
        This is a test using a larger than block-size key and a larger than block-size data. \
        The key needs to be hashed before being used by the HMAC algorithm.
        """.utf8),
      code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
  ]

  @Test(arguments: vectors) func `gives the codes of RFC 4231, again and again`(vector: Vector) throws {
    let key = try MessageAuthenticationKey(vector.key)
    for _ in 0..<3 {
      let code = key.code(for: vector.message)
      #expect(Hex.encode(code) == vector.code)
      #expect(key.isValid(code, for: vector.message))
    }
  }

  /// RFC 7515 appendix A.1: the whole way of an HS256 token.
  @Test func `verifies the example token of RFC 7515`() throws {
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    let token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      + "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    let dot = try #require(token.lastIndex(of: "."))
    let key = try MessageAuthenticationKey(#require(Base64URL.decode(secret)))
    let signature = try #require(Base64URL.decode(token[token.index(after: dot)...]))
    #expect(key.isValid(signature, for: token[..<dot]))
    #expect(key.isValid(signature, for: String(token[..<dot])))
    #expect(!key.isValid(signature, for: token))
  }

  @Test func `text and bytes have the same code, and nothing has one too`() throws {
    let key = try MessageAuthenticationKey(Array("Jefe".utf8))
    #expect(key.code(for: "é") == key.code(for: [0xC3, 0xA9]))
    #expect(key.code(for: "é") != key.code(for: "e\u{301}"))
    #expect(key.code(for: "").count == MessageAuthenticationKey.codeLength)
    #expect(key.code(for: [UInt8]()) == key.code(for: ""))
  }

  @Test func `refuses a tampered, cut, lengthened, empty or foreign code`() throws {
    let key = try MessageAuthenticationKey([UInt8](repeating: 7, count: 32))
    let other = try MessageAuthenticationKey([UInt8](repeating: 7, count: 31) + [8])
    let code = key.code(for: "message")
    var tampered = code
    tampered[31] ^= 1
    for wrong in [
      tampered, Array(code.dropLast()), code + [0], [], other.code(for: "message"), key.code(for: "Message"),
    ] {
      #expect(!key.isValid(wrong, for: "message"))
    }
  }

  @Test func `an empty key is refused`() {
    #expect(throws: MessageAuthenticationError.emptyKey) { try MessageAuthenticationKey([]) }
  }

  @Test func `no description shows the key`() throws {
    let key = try MessageAuthenticationKey(Array("tell nobody".utf8))
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(text.contains("<redacted key>"))
      #expect(!text.contains("tell nobody") && !text.contains("0x"))
    }
  }

  @Test func `one key serves several threads`() async throws {
    let key = try MessageAuthenticationKey([UInt8](repeating: 1, count: 32))
    let expected = key.code(for: "same")
    let allEqual = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask { (0..<2_000).allSatisfy { _ in key.isValid(expected, for: "same") } }
      }
      return await group.allSatisfy { $0 }
    }
    #expect(allEqual)
  }
}
