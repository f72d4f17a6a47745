import IrisDomain
import Testing

@Suite struct ContextWindowTests {
  private static let turns = (0..<10).map { index in
    Turn(question: "Question \(index)", answer: String(repeating: "réponse ", count: 10 * (index + 1)))
  }

  private func cost(_ turns: [Turn], _ message: String) -> Int {
    turns.reduce(ContextWindow.tokens(in: message) + ContextWindow.tokensPerContent) {
      $0 + ContextWindow.tokens(of: $1)
    }
  }

  @Test(arguments: [0, 50, 100, 300, 700, 1500, 10_000], [nil, 0, 1, 4, 20])
  func `keeps the longest run of newest turns that fits`(budget: Int, keep: Int?) {
    let message = "Et maintenant ?"
    let kept = ContextWindow.fit(turns: Self.turns, message: message, budget: budget, keep: keep)
    #expect(kept == Array(Self.turns.suffix(kept.count)))
    #expect(kept.count <= keep ?? Self.turns.count)
    #expect(kept.isEmpty || cost(kept, message) <= budget)
    let more = Array(Self.turns.suffix(kept.count + 1))
    if kept.count < min(keep ?? Self.turns.count, Self.turns.count) { #expect(cost(more, message) > budget) }
  }

  @Test func `free keeps four turns, premium all of them`() {
    let free = ContextWindow.fit(turns: Self.turns, message: "?", budget: 100_000, keep: 4)
    #expect(free.map(\.question) == ["Question 6", "Question 7", "Question 8", "Question 9"])
    #expect(ContextWindow.fit(turns: Self.turns, message: "?", budget: 100_000, keep: nil) == Self.turns)
  }

  @Test func `an oversized newest turn leaves no gap`() {
    let turns = [
      Turn(question: "a", answer: "b"), Turn(question: "c", answer: String(repeating: "long ", count: 1000)),
    ]
    #expect(ContextWindow.fit(turns: turns, message: "?", budget: 200, keep: nil).isEmpty)
  }

  @Test(arguments: [("", 0), ("a", 1), ("abcdefg", 2), ("éééé", 3), ("Bonjour, comment allez-vous ?", 9)])
  func `estimates two tokens for seven bytes, rounded up`(text: String, tokens: Int) {
    #expect(ContextWindow.tokens(in: text) == tokens)
  }
}

@Suite struct PromptTests {
  @Test(arguments: Topic.allCases, [1600, 3000, 8192])
  func `stays within the context budget`(topic: Topic, budget: Int) {
    let turns = (0..<100).map { Turn(question: "Question \($0) ?", answer: String(repeating: "mot ", count: 50)) }
    let prompt = Prompt.alessio(
      topic: topic, message: "Bonjour", turns: turns, contextTokens: budget, keep: nil, maxOutputTokens: 1024)
    let fixed = ContextWindow.tokens(in: prompt.systemInstruction) + ContextWindow.tokens(in: "Bonjour") + 8
    #expect(prompt.estimatedTokens <= max(budget, fixed))
    #expect(prompt.turns == Array(turns.suffix(prompt.turns.count)))
    #expect(prompt.message == "Bonjour")
    #expect(prompt.maxOutputTokens == 1024)
  }

  @Test func `the default context leaves room for a conversation`() {
    for topic in Topic.allCases {
      #expect(ContextWindow.tokens(in: Alessio.systemInstruction(topic: topic)) < 2500)
    }
  }
}

@Suite struct AlessioTests {
  @Test func `all topics share one prefix and differ after it`() {
    let instructions = Topic.allCases.map { Array(Alessio.systemInstruction(topic: $0).utf8) }
    #expect(Set(instructions).count == Topic.allCases.count)
    let first = instructions[0]
    let shared = first.indices.first { index in instructions.contains { index >= $0.count || $0[index] != first[index] }
    }
    #expect(shared ?? 0 > 4000)
  }

  @Test(arguments: [
    "Alessio 🤝", "VAE", "CPF", "bilan de compétences", "France Travail", "Transitions Pro", "PTP", "ROME", "3114",
    "N'invente rien sur la personne", "jamais un ordre",
  ])
  func `the common part names what it must`(word: String) {
    for topic in Topic.allCases { #expect(Alessio.systemInstruction(topic: topic).contains(word)) }
  }

  @Test func `no line ends in white space and nothing is left to fill in`() {
    for topic in Topic.allCases {
      let text = Alessio.systemInstruction(topic: topic)
      #expect(!text.contains(" \n") && !text.contains("  ") && !text.contains("\\("))
    }
  }
}
