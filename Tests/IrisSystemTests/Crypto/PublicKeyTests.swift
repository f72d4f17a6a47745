import IrisSystem
import Testing

struct PublicKeyTests {
  typealias Vectors = SignatureVectors

  static func rsa() throws -> PublicKey { try PublicKey(rsaModulus: Vectors.rsaModulus, exponent: [1, 0, 1]) }
  static func p256() throws -> PublicKey { try PublicKey(p256X: Vectors.p256X, y: Vectors.p256Y) }
  static func ed25519() throws -> PublicKey { try PublicKey(ed25519: Vectors.ed25519) }

  struct Signed: CustomTestStringConvertible {
    let algorithm: SignatureAlgorithm
    let signature: [UInt8]
    let key: @Sendable () throws -> PublicKey
    var testDescription: String { algorithm.rawValue }
  }

  static let signed = [
    Signed(algorithm: .rs256, signature: Vectors.rs256, key: { try rsa() }),
    Signed(algorithm: .ps256, signature: Vectors.ps256, key: { try rsa() }),
    Signed(algorithm: .es256, signature: Vectors.es256, key: { try p256() }),
    Signed(algorithm: .edDSA, signature: Vectors.edDSA, key: { try ed25519() }),
  ]

  @Test(arguments: signed) func `verifies a good signature, more than once`(signed: Signed) throws {
    let key = try signed.key()
    for _ in 0..<3 {
      #expect(key.verifies(signed.signature, of: Vectors.message, algorithm: signed.algorithm))
    }
  }

  @Test(arguments: signed) func `every other algorithm of the same signature fails`(signed: Signed) throws {
    let key = try signed.key()
    for algorithm in SignatureAlgorithm.allCases where algorithm != signed.algorithm {
      #expect(!key.verifies(signed.signature, of: Vectors.message, algorithm: algorithm))
    }
  }

  @Test(arguments: signed) func `a changed bit, length or message fails`(signed: Signed) throws {
    let key = try signed.key()
    var wrong: [[UInt8]] = [
      [], [0], Array(signed.signature.dropLast()), signed.signature + [0], [0] + signed.signature,
    ]
    for position in [0, signed.signature.count / 2, signed.signature.count - 1] {
      var tampered = signed.signature
      tampered[position] ^= 0x01
      wrong.append(tampered)
    }
    wrong.append([UInt8](repeating: 0, count: signed.signature.count))
    wrong.append([UInt8](repeating: 0xFF, count: signed.signature.count))
    for signature in wrong {
      #expect(!key.verifies(signature, of: Vectors.message, algorithm: signed.algorithm))
    }
    for message in [[], Array(Vectors.message.dropLast()), Vectors.message + [0]] {
      #expect(!key.verifies(signed.signature, of: message, algorithm: signed.algorithm))
    }
  }

  @Test(arguments: signed) func `another key of the same kind fails`(signed: Signed) throws {
    let others = try [
      PublicKey(rsaModulus: Vectors.rsaModulus, exponent: [3]), PublicKey(p256X: Self.rfc7515X, y: Self.rfc7515Y),
      PublicKey(ed25519: Self.rfc8037Key),
    ]
    for other in others {
      #expect(!other.verifies(signed.signature, of: Vectors.message, algorithm: signed.algorithm))
    }
  }

  @Test func `PS256 demands the salt and mask of RFC 7518`() throws {
    for signature in [Vectors.ps256ShortSalt, Vectors.ps256OtherMask] {
      #expect(try !Self.rsa().verifies(signature, of: Vectors.message, algorithm: .ps256))
    }
  }

  /// RFC 7515 appendix A.3 and RFC 8037 appendix A.4.
  static let rfc7515X = Base64URL.decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU") ?? []
  static let rfc7515Y = Base64URL.decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0") ?? []
  static let rfc8037Key = Base64URL.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") ?? []

  @Test func `verifies the ES256 example of RFC 7515`() throws {
    let signed =
      "eyJhbGciOiJFUzI1NiJ9."
      + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    let text = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    let signature = try #require(Base64URL.decode(text))
    let key = try PublicKey(p256X: Self.rfc7515X, y: Self.rfc7515Y)
    #expect(key.verifies(signature, of: Array(signed.utf8), algorithm: .es256))
  }

  @Test func `verifies the EdDSA example of RFC 8037`() throws {
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    let text = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    let signature = try #require(Base64URL.decode(text))
    let key = try PublicKey(ed25519: Self.rfc8037Key)
    #expect(key.verifies(signature, of: Array(signed.utf8), algorithm: .edDSA))
  }
}

struct PublicKeyMisuseTests {
  typealias Vectors = SignatureVectors

  @Test(arguments: [
    ([UInt8](), PublicKeyError.modulusSize(bits: 0)), ([0, 0, 0], .modulusSize(bits: 0)),
    (Vectors.smallModulus, .modulusSize(bits: 1_024)),
    ([0x7F] + [UInt8](repeating: 0xFF, count: 255), .modulusSize(bits: 2_047)),
    ([UInt8](repeating: 0xFF, count: 1_025), .modulusSize(bits: 8_200)),
    (Vectors.rsaModulus.dropLast() + [0xC6], .modulusEven),
  ])
  func `refuses an RSA modulus`(modulus: [UInt8], error: PublicKeyError) {
    #expect(throws: error) { try PublicKey(rsaModulus: modulus, exponent: [1, 0, 1]) }
  }

  @Test(arguments: [[], [0], [1], [0, 1], [2], [1, 0, 0], [UInt8](repeating: 0xFF, count: 9)])
  func `refuses an RSA exponent`(exponent: [UInt8]) {
    #expect(throws: PublicKeyError.exponent) { try PublicKey(rsaModulus: Vectors.rsaModulus, exponent: exponent) }
  }

  @Test func `leading zero bytes of RSA numbers change nothing`() throws {
    let key = try PublicKey(rsaModulus: [0] + Vectors.rsaModulus, exponent: [0, 1, 0, 1])
    #expect(key.verifies(Vectors.rs256, of: Vectors.message, algorithm: .rs256))
  }

  @Test func `refuses a point that is not on the curve`() {
    var y = Vectors.p256Y
    y[31] ^= 1
    let zero = [UInt8](repeating: 0, count: 32)
    let large = [UInt8](repeating: 0xFF, count: 32)
    for (x, y) in [(Vectors.p256X, y), (Vectors.p256Y, Vectors.p256X), (zero, zero), (large, Vectors.p256Y)] {
      #expect(throws: PublicKeyError.notOnCurve) { try PublicKey(p256X: x, y: y) }
    }
  }

  @Test func `refuses coordinates and keys of other lengths`() {
    let short = Array(Vectors.p256X.dropLast())
    #expect(throws: PublicKeyError.coordinateSize(bytes: 31)) { try PublicKey(p256X: short, y: Vectors.p256Y) }
    #expect(throws: PublicKeyError.coordinateSize(bytes: 33)) {
      try PublicKey(p256X: Vectors.p256X, y: [0] + Vectors.p256Y)
    }
    for count in [0, 31, 33, 57] {
      let key = [UInt8](repeating: 1, count: count)
      #expect(throws: PublicKeyError.coordinateSize(bytes: count)) { try PublicKey(ed25519: key) }
    }
  }

  static let order =
    Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551") ?? []

  @Test func `ES256 refuses DER and numbers outside 1 to n - 1`() throws {
    let key = try PublicKeyTests.p256()
    let r = Array(Vectors.es256.prefix(32))
    let s = Array(Vectors.es256.suffix(32))
    let zero = [UInt8](repeating: 0, count: 32)
    let large = [UInt8](repeating: 0xFF, count: 32)
    let wrong = [
      Vectors.es256DER, zero + s, r + zero, zero + zero, Self.order + s, r + Self.order, large + s, r + large, s + r,
      zero.dropLast() + [1] + s,
    ]
    for signature in wrong {
      #expect(!key.verifies(signature, of: Vectors.message, algorithm: .es256))
    }
  }

  /// Known of ECDSA, and the reason why no token is ever identified by its signature.
  @Test func `ES256 accepts the twin signature with n - s`() throws {
    var twin = Array(Vectors.es256.prefix(32))
    var borrow = 0
    var difference: [UInt8] = []
    for (n, s) in zip(Self.order, Vectors.es256.suffix(32)).reversed() {
      let value = Int(n) - Int(s) - borrow
      borrow = value < 0 ? 1 : 0
      difference.insert(UInt8(value & 0xFF), at: 0)
    }
    twin += difference
    #expect(try PublicKeyTests.p256().verifies(twin, of: Vectors.message, algorithm: .es256))
  }
}
