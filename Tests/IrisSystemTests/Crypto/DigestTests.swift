import IrisSystem
import Testing

struct DigestTests {
  /// FIPS 180-2, appendix B, and the digest of nothing.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `gives the standard's values`(message: String, digest: String) {
    #expect(Hex.encode(Digest.sha256(message)) == digest)
    #expect(Hex.encode(Digest.sha256(Array(message.utf8))) == digest)
  }

  @Test func `comparison needs every byte and the length`() {
    let secret: [UInt8] = [1, 2, 3, 4]
    #expect(ConstantTime.equal(secret, [1, 2, 3, 4]))
    #expect(ConstantTime.equal([], []))
    for other: [UInt8] in [[], [1, 2, 3], [1, 2, 3, 4, 0], [0, 2, 3, 4], [1, 2, 3, 5]] {
      #expect(!ConstantTime.equal(secret, other))
    }
  }
}
