import IrisSystem
import Testing

struct IdentifierTests {
  @Test(arguments: [
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
  ])
  func `accepts canonical text`(text: String) {
    #expect(Identifier.isUUID(text))
    #expect(Identifier.canonicalUUID(text) == text)
  }

  @Test func `upper case is a UUID to be rewritten, not one of ours`() {
    let text = "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"
    #expect(!Identifier.isUUID(text))
    #expect(Identifier.canonicalUUID(text) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
  }

  @Test(arguments: [
    "", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
    "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "' OR 1=1 --",
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
    "017f22e2_79b0_7cc3_98c4_dc0c0c07398f", "017f22e-279b0-7cc3-98c4-dc0c0c07398f",
    "é17f22e2-79b0-7cc3-98c4-dc0c0c0739",
  ])
  func `refuses everything else`(text: String) {
    #expect(!Identifier.isUUID(text))
    #expect(Identifier.canonicalUUID(text) == nil)
  }

  @Test func `the time of version 7 is read again`() {
    // RFC 9562, appendix A.6.
    #expect(Identifier.milliseconds(ofV7: "017f22e2-79b0-7cc3-98c4-dc0c0c07398f") == 0x017F_22E2_79B0)
    #expect(Identifier.milliseconds(ofV7: "017f22e2-79b0-7cc3-98c4") == nil)
  }

  @Test func `an id that follows from a hash says so`() {
    #expect(Identifier.uuidV8(hash: [UInt8](repeating: 0xFF, count: 32)) == "ffffffff-ffff-8fff-bfff-ffffffffffff")
    #expect(Identifier.uuidV8(hash: [UInt8](repeating: 0, count: 16)) == "00000000-0000-8000-8000-000000000000")
  }
}
