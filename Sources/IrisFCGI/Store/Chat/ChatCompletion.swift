import IrisDomain
import IrisSystem

extension ChatStore {
  /// What SQL call 2 keeps of an answered turn.
  struct Completion: Sendable {
    enum Charge: String, Sendable {
      case yes, no, blocked
    }

    let answer: Answer
    /// Of the turn: an `Answer.Finish`, or `partial` when the answer broke off.
    let status: String
    let charge: Charge
    let tier: Tier
    let model: String
    /// Nil of a partial answer.
    let confidence: Double?
    let milliseconds: Int
    /// JSON array of the rows for `iris_events`.
    let events: String
    /// The same for `iris_errors`.
    let errors: String
    /// What the prompt was thought to cost before the model counted.
    var tokensEstimated: Int?
    /// In millionths of the prices' currency; nil is unknown.
    var costMicro: Int?
    /// What the day's budget is charged with: the cost, or an estimate of it.
    var spendMicro: Int?
    /// JSON array of {kind, subject, detail}: what an operator must hear of.
    var alerts: String?
    /// What a repeat with the question's idempotency key gets; nil: nothing is kept, and a repeat runs afresh.
    var document: Document?
  }

  /// A response to be given again.
  struct Document: Sendable {
    /// The ChatResponse without its `usage`: JSON text.
    let text: String
    /// What its `usage` is made of; the day's counts are those that `finish` returns.
    let quota: QuotaState

    fileprivate var usage: String {
      let members: JSONObject = [
        "day_limit": quota.dayLimit, "minute_limit": quota.minuteLimit, "minute_used": quota.minuteUsed,
        "resets_at": quota.resetsAt,
      ]
      return JSONBytes(members).text
    }
  }

  private static let finishSQL = """
    SELECT day_used, day_reserved FROM iris.finish_chat($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
    $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)
    """

  /// SQL call 2: the turn, the quota, the totals, the money and the events, all or nothing; safe to repeat.
  /// - Returns: the day's counts after it.
  func finish(_ question: Question, _ done: Completion) throws(StoreError) -> (dayUsed: Int, dayReserved: Int) {
    let result = try database.run(
      ChatStore.finishSQL, ChatStore.finishParameters(question, done, timeZone: timeZone), repeatable: true)
    return (result.integer(0) ?? 0, result.integer(1) ?? 0)
  }

  /// The parameters of `iris.finish_chat` in their order; the spool keeps them under the names of `SpoolRecord.turnFields`.
  static func finishParameters(_ question: Question, _ done: Completion, timeZone: String) -> [String?] {
    [
      question.user, question.conversation, question.turn, question.id, question.text, question.topic.rawValue,
      done.answer.text, done.status, done.charge.rawValue, String(QuotaRules.freeBlockedAnswers),
      done.tier.rawValue, timeZone, done.model, done.confidence.map { String($0) }, String(done.milliseconds),
    ] + counts(done) + [
      question.idempotency?.key, question.idempotency?.bodyHash, done.document?.text, done.document?.usage,
      String(IdempotencyRules.keepSeconds),
    ]
  }

  /// The parameters from the tokens to the alerts.
  private static func counts(_ done: Completion) -> [String?] {
    let usage = done.answer.usage
    return [
      number(usage.prompt), number(usage.candidates), number(usage.cached), number(usage.thoughts), done.events,
      done.errors, number(done.tokensEstimated), number(done.costMicro), number(done.spendMicro), done.alerts,
    ]
  }
}
