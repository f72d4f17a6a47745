import IrisDomain
import Testing

@Suite struct CostTests {
  private static let price = TokenPrice(input: 300_000, output: 2_500_000, cached: 30_000)

  private static func usage(_ prompt: Int?, _ cached: Int?, _ candidates: Int?, _ thoughts: Int?) -> TokenUsage {
    TokenUsage(prompt: prompt, cached: cached, candidates: candidates, thoughts: thoughts, total: nil)
  }

  @Test(arguments: [
    // A million of each, at their prices.
    (usage(1_000_000, nil, 0, nil), 300_000), (usage(1_000_000, 1_000_000, 0, nil), 30_000),
    (usage(0, nil, 1_000_000, nil), 2_500_000), (usage(0, nil, 0, 1_000_000), 2_500_000),
    // 3,000 of which 2,000 cached, 400 answered, 100 thought.
    (usage(3_000, 2_000, 400, 100), 300 + 60 + 1_250),
    // Half a micro-unit is rounded up, less is not: 0.3 + 0.3, 0.3.
    (usage(2, nil, 0, nil), 1), (usage(1, nil, 0, nil), 0), (usage(5, nil, 0, nil), 2), (usage(0, 0, 0, 0), 0),
    // More cached than there was: all of it was.
    (usage(1_000_000, 2_000_000, 0, nil), 30_000),
  ])
  func `a call costs what its tokens cost`(usage: TokenUsage, microUnits: Int) {
    #expect(Cost.microUnits(of: usage, price: Self.price) == microUnits)
  }

  @Test(arguments: [
    usage(nil, nil, 10, nil), usage(10, nil, nil, nil), .unknown, usage(-1, nil, 1, nil), usage(1, -1, 1, nil),
    usage(1, nil, Int.max, nil), usage(1, nil, 1, Int.min),
  ])
  func `unknown or absurd counts have no cost`(usage: TokenUsage) {
    #expect(Cost.microUnits(of: usage, price: Self.price) == nil)
  }

  @Test func `a price beyond all bounds does not trap`() {
    let price = TokenPrice(input: .max, output: .max, cached: .max)
    #expect(Cost.microUnits(of: Self.usage(10, nil, 10, nil), price: price) == nil)
    #expect(Cost.estimate(promptTokens: 10, answerText: "abc", price: price) == 0)
  }

  @Test func `an estimate counts the prompt and what was answered`() {
    let answer = String(repeating: "a", count: 3_500)
    #expect(Cost.estimate(promptTokens: 10_000, answerText: answer, price: Self.price) == 3_000 + 2_500)
    #expect(Cost.estimate(promptTokens: -5, answerText: "", price: Self.price) == 0)
  }
}
