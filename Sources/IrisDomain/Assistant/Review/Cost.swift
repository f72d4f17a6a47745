/// What a million tokens of one model cost, in micro-units of a currency (a millionth of a euro or a dollar).
package struct TokenPrice: Equatable, Sendable {
  package var input: Int
  package var output: Int
  /// Input that the provider had cached.
  package var cached: Int

  package init(input: Int, output: Int, cached: Int) {
    self.input = input
    self.output = output
    self.cached = cached
  }
}

/// What model calls cost, in micro-units of the price's currency.
package enum Cost {
  /// What a call cost by the provider's own counts, rounded half up. Thoughts are billed as output; the cached part of
  /// the prompt at its own price.
  /// - Returns: nil when prompt or candidates are unknown, or the counts are absurd.
  package static func microUnits(of usage: TokenUsage, price: TokenPrice) -> Int? {
    guard let prompt = usage.prompt, let candidates = usage.candidates else { return nil }
    let thoughts = usage.thoughts ?? 0
    let counts = [prompt, candidates, thoughts, usage.cached ?? 0]
    guard counts.allSatisfy({ (0...mostTokens).contains($0) }) else { return nil }
    let cached = min(usage.cached ?? 0, prompt)
    return rounded([(prompt - cached, price.input), (cached, price.cached), (candidates + thoughts, price.output)])
  }

  /// What a call probably cost, for the budget, where the provider didn't say: a stream that was cut, a server that
  /// counts nothing.
  /// - Parameter promptTokens: the prompt's corrected estimate.
  package static func estimate(promptTokens: Int, answerText: String, price: TokenPrice) -> Int {
    let prompt = min(max(0, promptTokens), mostTokens)
    let answer = min(ContextWindow.tokens(in: answerText), mostTokens)
    return rounded([(prompt, price.input), (answer, price.output)]) ?? 0
  }

  /// No model takes a thousandth of it; a count above is an error of the provider.
  private static let mostTokens = 1_000_000_000

  /// Nil where a price is so high that the sum does not fit.
  private static func rounded(_ items: [(tokens: Int, price: Int)]) -> Int? {
    var sum = perPrice / 2
    for (tokens, price) in items {
      let (cost, isTooHigh) = tokens.multipliedReportingOverflow(by: max(0, price))
      let (total, overflows) = sum.addingReportingOverflow(cost)
      guard !isTooHigh, !overflows else { return nil }
      sum = total
    }
    return sum / perPrice
  }

  private static let perPrice = 1_000_000
}
