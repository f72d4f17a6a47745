import IrisDomain
import IrisSystem

/// Folds the older turns of a premium conversation into its summary, once the answer is out.
struct RollingSummary {
  /// The longest that the worker is kept from the next request.
  static let deadlineMilliseconds: Int64 = 15_000

  let services: Services
  let question: ChatStore.Question
  let ground: ChatStore.Ground
  let fold: Fold
  let requestID: String

  /// Asks a model for the new summary and stores it, unless another worker was faster. What fails stays as it was: the
  /// next answer tries again.
  func make() {
    guard let last = fold.turns.last?.id else { return }
    let prompt = Prompt.summary(of: fold, budget: services.tokenBudget)
    let start = Clock.monotonicMicroseconds / 1_000
    let outcome = services.providers(withinBudget: !ground.overBudget).answer(
      prompt, deadline: start + RollingSummary.deadlineMilliseconds, live: LiveAnswer())
    for attempt in outcome.attempts { services.log.tell(attempt, requestID: requestID) }
    services.record(outcome.attempts, prompt, ground, user: question.user, requestID: requestID)
    guard case .answered(let answer, let model, _) = outcome, let text = SummaryRules.accepted(answer, of: fold) else {
      return
    }
    let expense = services.expense(answer.usage, text: answer.text, prompt, model: model)
    services.scoreboard.tallies.add(.spend, expense.spend)
    do {
      try store(text, through: last, spend: expense.spend, events: JSONBytes([try event(answer, model, expense)]).text)
    } catch {
      services.log.write(.warning, "a summary could not be stored", [("id", .text(requestID))])
    }
  }

  /// The summary is made again some day; what it cost is not forgotten, even when the database is away.
  private func store(_ text: String, through last: String, spend: Int, events: String) throws {
    do {
      _ = try services.chats.storeSummary(
        text, conversation: question.conversation, user: question.user, through: last,
        expected: ground.summarisedUntil, spend: spend, events: events)
    } catch StoreError.unavailable {
      services.happened(events: events, spend: spend, requestID: requestID)
    }
  }

  private func event(_ answer: Answer, _ model: String, _ expense: Expense) throws -> JSONObject {
    let currency = services.configuration.prices.currency
    let outcome = SummaryOutcome(
      turns: fold.turns.count, model: model, usage: answer.usage,
      cost: expense.cost.map { ChatOutcome.MicroUnits($0, currency) })
    return try services.pseudonyms.row(
      .summaryMade(outcome), user: question.user, conversation: question.conversation)
  }
}
