import Testing

@testable import IrisDomain

@Suite struct ContextWindowTests {
  private static let turns = (0..<10).map { index in
    Turn(question: "Question \(index)", answer: String(repeating: "réponse ", count: 10 * (index + 1)))
  }

  @Test(arguments: [0, 50, 100, 300, 700, 1500, 10_000], [nil, 0, 1, 4, 20])
  func `keeps the longest run of newest turns that fits`(room: Int, keep: Int?) {
    for correction in [0.5, 1, 2.3] {
      let budget = TokenBudget(limit: 10_000, correction: correction)
      func cost(_ turns: [Turn]) -> Int { turns.reduce(0) { $0 + budget.cost(of: $1) } }
      let kept = ContextWindow.fit(turns: Self.turns, room: room, budget: budget, keep: keep)
      #expect(kept == Array(Self.turns.suffix(kept.count)))
      #expect(kept.count <= keep ?? Self.turns.count)
      #expect(cost(kept) <= room)
      let more = Array(Self.turns.suffix(kept.count + 1))
      if kept.count < min(keep ?? Self.turns.count, Self.turns.count) { #expect(cost(more) > room) }
    }
  }

  @Test func `free keeps four turns, premium all of them`() {
    let budget = TokenBudget(limit: 100_000)
    let free = ContextWindow.fit(turns: Self.turns, room: 100_000, budget: budget, keep: 4)
    #expect(free.map(\.question) == ["Question 6", "Question 7", "Question 8", "Question 9"])
    #expect(ContextWindow.fit(turns: Self.turns, room: 100_000, budget: budget, keep: nil) == Self.turns)
  }

  @Test func `a turn that does not fit leaves no gap`() {
    let turns = [
      Turn(question: "a", answer: "b"), Turn(question: "c", answer: String(repeating: "long ", count: 1000)),
    ]
    #expect(ContextWindow.fit(turns: turns, room: 200, budget: TokenBudget(limit: 8192), keep: nil).isEmpty)
  }

  @Test(arguments: [("", 0), ("a", 1), ("abcdefg", 2), ("éééé", 3), ("Bonjour, comment allez-vous ?", 9)])
  func `estimates two tokens for seven bytes, rounded up`(text: String, tokens: Int) {
    #expect(ContextWindow.tokens(in: text) == tokens)
  }

  @Test func `as many bytes as tokens allow, and not one more`() {
    for correction in stride(from: 0.5, through: 3, by: 0.07) {
      let budget = TokenBudget(limit: 8192, correction: correction)
      for tokens in 0...300 {
        let bytes = budget.bytes(for: tokens)
        let estimate = ContextWindow.tokens(in: String(repeating: "a", count: bytes))
        #expect(budget.corrected(estimate) <= tokens)
        #expect(budget.corrected(estimate + 2) > tokens, "\(correction) \(tokens)")
      }
    }
  }

  @Test(arguments: [
    ("abcdef", 6, "abcdef"), ("abcdef", 5, "ab…"), ("abcdef", 3, ""), ("abcdef", -4, ""), ("ééé", 5, "é…"), ("", 0, ""),
  ])
  func `a cut text keeps its beginning and whole letters`(text: String, bytes: Int, kept: String) {
    #expect(text.cut(toBytes: bytes) == kept)
    #expect(text.cut(toBytes: bytes).utf8.count <= max(0, bytes))
  }
}

@Suite struct TokenCorrectionTests {
  @Test func `some forty prompts settle it`() {
    var correction = 1.0
    for _ in 0..<40 { correction = TokenCorrection.updated(correction, estimated: 3_000, counted: 3_900) }
    #expect(abs(correction - 1.3) < 0.01)
  }

  @Test(arguments: [
    (1.0, 199, 5_000, 1.0), (1, 1_000, 0, 1), (1, 1_000, -7, 1), (1, 1_000, Int.max, 1.05), (3, 1_000, Int.max, 3),
    (0.5, 1_000, 1, 0.5), (.nan, 1_000, 1_000, 1), (.infinity, 100, 1, 1), (17, 100, 1, 3), (-4, 100, 1, 0.5),
  ])
  func `bad counts and bad corrections do little`(old: Double, estimated: Int, counted: Int, new: Double) {
    #expect(abs(TokenCorrection.updated(old, estimated: estimated, counted: counted) - new) < 1e-9)
  }

  @Test func `a budget's correction stays in range`() {
    #expect(TokenBudget(limit: 1, correction: 99).correction == 3)
    #expect(TokenBudget(limit: 1, correction: .nan).correction == 1)
    #expect(TokenBudget(limit: 1, correction: 1.5).corrected(3) == 5)
  }
}
