import IrisSystem
import Testing

struct PasswordTests {
  static let password = Array("Chaussette-9 à carreaux".utf8)

  @Test func `a new hash is yescrypt, salted, and verifies`() throws {
    let hash = try Password.hash(Self.password)
    #expect(hash.hasPrefix("$y$"))
    #expect(try Password.hash(Self.password) != hash)
    #expect(Password.verify(Self.password, against: hash) == .match)
    #expect(Password.verify(Array("chaussette-9 à carreaux".utf8), against: hash) == .mismatch)
    #expect(!Password.needsRehash(hash))
  }

  /// Made with crypt(3) for the password above: `$2y$` is PHP's name, `$2a$` older software's.
  static let imported = [
    "$2a$06$BWaYkHG9sF124CdybqcEouCO.PtbJ9QKxwe6gM2Ld7zySRCDtfxBO",
    "$2b$06$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc6",
    "$2y$06$xoT0NirewaOKPH/gh8Gf9enSulV/NrATBYYi7maSei82Gw9Ijr3Ie",
    "$y$j75$YTFiX7m9SzndE.nRIF8Lb.$jH66IlPTk13im6ATgoQAaiHcxIruD2YERX/3qahcLI0",
  ]

  @Test(arguments: imported) func `hashes of other systems verify and are to be replaced`(hash: String) {
    #expect(Password.verify(Self.password, against: hash) == .match)
    #expect(Password.verify(Self.password + [0x21], against: hash) == .mismatch)
    #expect(Password.verify([], against: hash) == .mismatch)
    #expect(Password.needsRehash(hash))
  }

  @Test func `a bcrypt hash whose last salt letter carries spare bits verifies`() {
    // The 22nd letter of the salt holds two bits of it and four that mean nothing.
    let hash = Self.imported[1]
    let start = hash.utf8.index(hash.startIndex, offsetBy: 28)
    let spare = hash[..<start] + "/" + hash[hash.utf8.index(after: start)...]
    #expect(hash[start] == ".")
    #expect(Password.verify(Self.password, against: String(spare)) == .match)
  }

  @Test func `passwords are bytes, up to 500 of them`() throws {
    for password in [[0xFF, 0x80, 0x0A], [UInt8](repeating: 0x61, count: 500)] as [[UInt8]] {
      let hash = try Password.hash(password)
      #expect(Password.verify(password, against: hash) == .match)
      #expect(Password.verify(Array(password.dropLast()), against: hash) == .mismatch)
      #expect(Password.verify(Array(password.dropLast()) + [0x62], against: hash) == .mismatch)
    }
  }

  @Test func `NUL and more than 500 bytes are refused, never cut`() throws {
    let hash = try Password.hash(Array("abc".utf8))
    #expect(throws: PasswordError.containsNUL) { try Password.hash(Array("abc\0def".utf8)) }
    #expect(throws: PasswordError.tooLong(limit: 500)) { try Password.hash([UInt8](repeating: 0x61, count: 501)) }
    #expect(Password.verify(Array("abc\0def".utf8), against: hash) == .mismatch)
    #expect(Password.verify(Array("abc\0".utf8), against: hash) == .mismatch)
    #expect(Password.verify([UInt8](repeating: 0x61, count: 501), against: hash) == .mismatch)
  }

  @Test func `bcrypt's blindness after 72 bytes lets nobody in`() {
    let hash = "$2b$04$P5SR5UAkQxtyBskJDg25aeLgsnTPdvErXiC3k5b/45sfuSeO7s.5q"
    let password = [UInt8](repeating: 0x61, count: 72)
    #expect(Password.verify(password, against: hash) == .match)
    #expect(Password.verify(password + [0x61], against: hash) == .mismatch)
  }

  static let unusable = [
    "", "*", "*0", "*1", "!", "$y$", "$y$j9T$", "$y$j9T$$", "$y$j9T$.$", "$2b$12$short", "$2b$", "$2y$04$",
    "abJnggxhB/yWI", "$1$abcdefgh$8BVkyfxTdMJFKk1xqFKJz0", "$6$salt$hash", "$argon2id$v=19$m=19456,t=2,p=1$YWJj$YWJj",
    "plain",
    // Whole in form, but not a cost that we work for, a scheme that we know, or an alphabet of crypt(3).
    "$2b$31$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc6",
    "$2b$03$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc6",
    "$2b$+6$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc6",
    "$2x$06$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc6",
    "$2b$06$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc\n",
    "$2b$06$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc6 ",
    "$2b$06$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Z\0é",
    "x$2b$06$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc6",
    "$y$jFT$YTFiX7m9SzndE.nRIF8Lb.$jH66IlPTk13im6ATgoQAaiHcxIruD2YERX/3qahcLI0",
    "$y$j75$YTFiX7m9SzndE.nRIF8Lb.$jH66IlPTk13im6ATgoQAaiHcxIruD2YERX/3qahcLI",
    "$y$j75$abc$jH66IlPTk13im6ATgoQAaiHcxIruD2YERX/3qahcLI0",
  ]

  @Test(arguments: unusable) func `what is no hash of ours matches nothing`(hash: String) {
    for password in [[], Self.password, Array(hash.utf8.filter { $0 != 0 })] {
      #expect(Password.verify(password, against: hash) == .unusableHash)
    }
    #expect(Password.needsRehash(hash))
  }

  @Test func `the decoy is a hash of today's cost`() {
    #expect(Password.verify(Self.password, against: Password.decoy) == .mismatch)
    #expect(!Password.needsRehash(Password.decoy))
  }

  @Test(.serialized, arguments: ["*0", Password.decoy]) func `an unknown account and a damaged hash cost a hash`(
    stored: String
  ) throws {
    let known = try Password.hash(Self.password)
    func fastest(_ hash: String) -> Int64 {
      (0..<7).map { _ in
        let start = Clock.monotonicMicroseconds
        _ = Password.verify(Self.password, against: hash)
        return Clock.monotonicMicroseconds - start
      }.min() ?? 0
    }
    let reference = fastest(known)
    // On a busy machine any of them may take longer; a short cut would be a thousand times faster.
    #expect(fastest(stored) >= reference / 4)
  }
}
