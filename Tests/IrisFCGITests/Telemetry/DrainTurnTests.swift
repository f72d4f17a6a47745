import Testing

@testable import IrisFCGI

@Suite struct DrainTurnTests {
  @Test func `one worker at a time has the turn, until it gives it back`() {
    let turn = DrainTurn(heldUntil: .local())
    #expect(turn.take(at: 5))
    #expect(!turn.take(at: 6))
    turn.giveBack()
    #expect(turn.take(at: 7))
  }

  @Test func `a worker that died with the turn does not keep it, nor does another boot`() {
    let word = SharedWord.local()
    let turn = DrainTurn(heldUntil: word)
    #expect(turn.take(at: 5))
    #expect(!turn.take(at: 4 + DrainTurn.longest))
    #expect(turn.take(at: 5 + DrainTurn.longest))
    word.store(UInt64(1) << 60)
    #expect(turn.take(at: 5))
  }
}
