import IrisDomain
import IrisSystem

/// The two round trips of a chat.
struct ChatStore {
  let database: Database
  let timeZone: String

  /// A question on its way: ids are UUIDv7 made by the worker.
  struct Question: Sendable {
    let user: String
    let session: String
    let conversation: String
    let isNewConversation: Bool
    /// The turn's id, which is its answer's `message_id`.
    let turn: String
    let id: String
    let text: String
    let topic: Topic
  }

  /// What SQL call 1 found.
  enum Beginning: Sendable {
    /// The message may pass; its place is reserved. `turnCount` is how many turns the conversation has had.
    case reserved(Tier, QuotaState, history: [Turn], turnCount: Int)
    /// A limit is reached; the problem is one of the two quota codes.
    case limited(Problem.Kind, Tier, QuotaState, retryAfter: Int)
    case refused(Problem.Kind)
  }

  private static let beginSQL = """
    SELECT outcome, tier, day_limit, day_used, day_reserved, minute_limit, minute_used, minute_reset_s, day_reset_s, \
    retry_after_s, resets_at, turns, history \
    FROM iris.begin_chat($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    """

  /// SQL call 1: session, tier, quota, history; the question is kept as pending.
  func begin(_ question: Question, limits: Limits, lapseSeconds: Int) throws(StoreError) -> Beginning {
    func number(_ value: Int?) -> String? { value.map(String.init) }
    let result = try database.run(
      ChatStore.beginSQL,
      [
        question.user, question.session, question.conversation, question.isNewConversation ? "t" : "f", question.turn,
        question.id, question.text, question.topic.rawValue, timeZone, String(lapseSeconds),
        number(limits.free.messagesPerDay), number(limits.free.messagesPerMinute), String(QuotaRules.freeTurns),
        number(limits.premium.messagesPerDay), number(limits.premium.messagesPerMinute),
        String(QuotaRules.premiumTurns),
      ])
    guard let outcome = result.text(0) else { throw .unavailable }
    switch outcome {
    case "account_disabled": return .refused(.accountDisabled)
    case "session_revoked": return .refused(.sessionRevoked)
    case "not_found": return .refused(.notFound)
    default: break
    }
    let tier = result.text(1).flatMap(Tier.init) ?? .free
    let state = ChatStore.quota(result)
    guard outcome == "reserved" else {
      let kind = Problem.Kind(rawValue: outcome) ?? .rateLimited
      return .limited(kind, tier, state, retryAfter: result.integer(9) ?? 60)
    }
    let history = try ChatStore.turns(result.text(12))
    return .reserved(tier, state, history: history, turnCount: result.integer(11) ?? 0)
  }

  private static func quota(_ result: borrowing PostgresResult) -> QuotaState {
    QuotaState(
      dayLimit: result.integer(2), dayUsed: result.integer(3) ?? 0, dayReserved: result.integer(4) ?? 0,
      minuteLimit: result.integer(5), minuteUsed: result.integer(6) ?? 0,
      minuteResetSeconds: result.integer(7) ?? 60, dayResetSeconds: result.integer(8) ?? 86_400,
      resetsAt: result.text(10) ?? "")
  }

  /// Reads the history, a JSON array of [question, answer].
  private static func turns(_ json: String?) throws(StoreError) -> [Turn] {
    guard let json else { return [] }
    guard let pairs = (try? StrictJSON.parse(Array(json.utf8)))?.array else { throw .unavailable }
    var turns: [Turn] = []
    for pair in pairs {
      guard let said = pair.array, said.count == 2, let question = said[0].text, let answer = said[1].text else {
        throw .unavailable
      }
      turns.append(Turn(question: question, answer: answer))
    }
    return turns
  }

  /// What SQL call 2 keeps of an answered turn.
  struct Completion: Sendable {
    enum Charge: String, Sendable {
      case yes, no, blocked
    }

    let answer: Answer
    let status: String
    let charge: Charge
    let tier: Tier
    let model: String
    let confidence: Double
    let milliseconds: Int
    /// JSON array of the rows for `iris_events`.
    let events: String
    /// The same for `iris_errors`.
    let errors: String
  }

  private static let finishSQL = """
    SELECT day_used, day_reserved FROM iris.finish_chat($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
    $15, $16, $17, $18, $19, $20, $21)
    """

  /// SQL call 2: the turn, the quota, the totals and the events, all or nothing; safe to repeat.
  /// - Returns: the day's counts after it.
  func finish(_ question: Question, _ done: Completion) throws(StoreError) -> (dayUsed: Int, dayReserved: Int) {
    func number(_ value: Int?) -> String? { value.map(String.init) }
    let usage = done.answer.usage
    let result = try database.run(
      ChatStore.finishSQL,
      [
        question.user, question.conversation, question.turn, question.id, question.text, question.topic.rawValue,
        done.answer.text, done.status, done.charge.rawValue, String(QuotaRules.freeBlockedAnswers),
        done.tier.rawValue, timeZone, done.model, String(done.confidence), String(done.milliseconds),
        number(usage.prompt), number(usage.candidates), number(usage.cached), number(usage.thoughts), done.events,
        done.errors,
      ], repeatable: true)
    return (result.integer(0) ?? 0, result.integer(1) ?? 0)
  }

  /// Gives the reservation back when the client left before there was an answer.
  func abandon(_ question: Question) throws(StoreError) {
    _ = try database.run("SELECT iris.abandon_chat($1, $2)", [question.turn, question.id], repeatable: true)
  }
}
