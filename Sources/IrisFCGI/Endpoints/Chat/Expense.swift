import IrisDomain

/// What one answer cost, as far as it is known.
struct Expense: Equatable, Sendable {
  /// Micro-units of the price table's currency by the provider's counts; nil where a count or the price is unknown.
  let cost: Int?
  /// What the day's budget is charged: the cost, or an estimate where counts are missing; 0 without a price.
  let spend: Int
  /// Our estimate of the prompt, beside the provider's count.
  let tokensEstimated: Int?

  /// No model was asked.
  static let none = Expense(cost: nil, spend: 0, tokensEstimated: nil)

  private init(cost: Int?, spend: Int, tokensEstimated: Int?) {
    self.cost = cost
    self.spend = spend
    self.tokensEstimated = tokensEstimated
  }

  /// The same with more for the budget.
  func adding(spend more: Int) -> Expense {
    Expense(cost: cost, spend: spend + more, tokensEstimated: tokensEstimated)
  }

  /// - Parameters:
  ///   - text: what the model wrote, as far as it came.
  ///   - correction: what the provider counts for each token that we estimate.
  init(_ usage: TokenUsage, text: String, prompt: Prompt, correction: Double, price: TokenPrice?) {
    tokensEstimated = prompt.estimatedTokens
    cost = price.flatMap { Cost.microUnits(of: usage, price: $0) }
    let estimated = TokenBudget(limit: 0, correction: correction).corrected(prompt.estimatedTokens)
    spend =
      cost ?? price.map { Cost.estimate(promptTokens: usage.prompt ?? estimated, answerText: text, price: $0) } ?? 0
  }
}
