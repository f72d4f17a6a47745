import Testing

@testable import IrisFCGI

struct ToldLatelyTests {
  private typealias Identity = ToldLately.Identity
  private static func table() -> ToldLately { ToldLately(SharedWords(0..<ToldLately.wordCount, of: nil)) }

  @Test func `what happens often is told once in its time, with its count`() {
    let (table, one) = (Self.table(), Identity("a"))
    #expect(table.note(one, quietSeconds: 60, now: 1_000) == 1)
    for second in 0..<999 { #expect(table.note(one, quietSeconds: 60, now: 1_000 + Int64(second % 60)) == nil) }
    #expect(table.note(one, quietSeconds: 60, now: 1_060) == 1_000)
    #expect(table.note(one, quietSeconds: 60, now: 1_061) == nil)
  }

  @Test func `each is counted for itself`() {
    let table = Self.table()
    #expect(table.note(Identity("a"), quietSeconds: 60, now: 1_000) == 1)
    #expect(table.note(Identity("b"), quietSeconds: 60, now: 1_000) == 1)
    #expect(table.note(Identity("a"), quietSeconds: 60, now: 1_001) == nil)
  }

  @Test func `a clock that was set back silences nothing for ever`() {
    let (table, one) = (Self.table(), Identity("a"))
    #expect(table.note(one, quietSeconds: 60, now: 2_000_000_000) == 1)
    #expect(table.note(one, quietSeconds: 60, now: 1_000_000_000) == 1)
  }

  @Test func `no quiet time is longer than a day of 25 hours`() {
    let (table, one) = (Self.table(), Identity("a"))
    #expect(table.note(one, quietSeconds: .max / 2, now: 1_000) == 1)
    #expect(table.note(one, quietSeconds: 60, now: 1_000 + ToldLately.longestQuiet) == 1)
  }

  @Test func `a full table tells of no one new, and has room again when the time is over`() {
    let table = ToldLately(SharedWords(0..<32, of: nil))
    for number in 0..<8 { #expect(table.note(Identity("\(number)"), quietSeconds: 60, now: 1_000) == 1) }
    for number in 8..<100 { #expect(table.note(Identity("\(number)"), quietSeconds: 60, now: 1_001) == nil) }
    for number in 0..<8 { #expect(table.note(Identity("\(number)"), quietSeconds: 60, now: 1_002) == nil) }
    // The count of whoever had the slot before is not handed on.
    for number in 8..<16 { #expect(table.note(Identity("\(number)"), quietSeconds: 60, now: 1_060) == 1) }
  }
}
