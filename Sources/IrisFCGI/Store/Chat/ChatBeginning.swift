import IrisDomain
import IrisSystem

extension ChatStore {
  /// What SQL call 1 found.
  enum Beginning: Sendable {
    /// The message may pass; its place is reserved.
    case reserved(Ground)
    /// The message may pass, and here is its answer. It took a place of the minute, none of the day: settle it with
    /// `charge` `.no`.
    case cached(CachedAnswer, Ground)
    /// The request was answered before. Nothing was spent and nothing is to be settled.
    case replayed(StoredAnswer)
    /// Another worker is answering the request as `turn`; `retryAfter` seconds are left of its reservation.
    case inProgress(turn: String, worker: String, retryAfter: Int)
    /// The idempotency key belongs to another body.
    case mismatched
    /// A limit is reached; the problem is one of the two quota codes.
    case limited(Problem.Kind, Tier, QuotaState, retryAfter: Int)
    case refused(Problem.Kind)
  }

  /// What a message that may pass is answered on.
  struct Ground: Sendable {
    let tier: Tier
    let quota: QuotaState
    /// Nil when the account tells nothing of a career.
    let profile: Profile?
    /// The stored context of the app that was asked for, as JSON text.
    let context: String?
    /// What the turns up to `summarisedUntil` said; premium only.
    let summary: String?
    /// To be given back with the next summary; PostgreSQL's words.
    let summarisedUntil: String?
    /// The turns to remember, oldest first.
    let turns: [Turn]
    /// How many turns the conversation has had.
    let turnCount: Int
    /// The day's budget is spent.
    let overBudget: Bool
    /// The database could not be asked; nothing of what it holds is known.
    var isWithoutDatabase = false
    /// Where this host counts the question; nil: it does not.
    var place: LocalQuotas.Place?

    /// Whether the answer may come from the cache and go there.
    var permitsSharing: Bool { profile == nil && !isWithoutDatabase }
  }

  /// An answer that was kept for the next one who asks the same.
  struct CachedAnswer: Equatable, Sendable {
    let text: String
    let model: String
    let confidence: Double
    let topic: Topic
    let finish: Answer.Finish
  }

  /// The answer to an earlier request with the same idempotency key.
  struct StoredAnswer: Sendable {
    let turn: String
    /// The ChatResponse as it was, without its `usage`: JSON text.
    let document: String
    /// The counts that its `usage` was made of; the seconds to the ends of minute and day are those of now.
    let usage: QuotaState
  }

  private static let beginSQL = """
    SELECT outcome, tier, day_limit, day_used, day_reserved, minute_limit, minute_used, minute_reset_s, day_reset_s, \
    retry_after_s, resets_at, turns, history, profile, context, summary, summarised_until, over_budget, cached, \
    known_turn, known_worker, document, document_usage \
    FROM iris.begin_chat($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
    $21, $22, $23)
    """

  /// SQL call 1: session, tier, repeats, quota, history, and what is known of the user; the question is kept as pending.
  /// - Parameter budget: what the models may cost in a day, in millionths of the prices' currency; nil: no limit.
  func begin(
    _ question: Question, limits: Limits, lapseSeconds: Int, budget: Int? = nil
  ) throws(StoreError) -> Beginning {
    let result = try database.run(
      ChatStore.beginSQL,
      [
        question.user, question.session, question.conversation, question.isNewConversation ? "t" : "f", question.turn,
        question.id, question.text, question.topic.rawValue, timeZone, String(lapseSeconds),
        ChatStore.number(limits.free.messagesPerDay), ChatStore.number(limits.free.messagesPerMinute),
        String(QuotaRules.freeTurns), ChatStore.number(limits.premium.messagesPerDay),
        ChatStore.number(limits.premium.messagesPerMinute), String(QuotaRules.premiumTurns), question.appContext,
        question.idempotency?.key, question.idempotency?.bodyHash, question.worker, question.takeover,
        question.cacheKey.map { "\\x" + $0 }, ChatStore.number(budget),
      ])
    return try ChatStore.beginning(result)
  }

  private static func beginning(_ result: borrowing PostgresResult) throws(StoreError) -> Beginning {
    switch result.text(0) {
    case "reserved": return .reserved(try ground(result))
    case "cached": return .cached(try cachedAnswer(result.text(18)), try ground(result))
    case "replayed": return .replayed(try storedAnswer(result))
    case "in_progress":
      return .inProgress(
        turn: result.text(19) ?? "", worker: result.text(20) ?? "", retryAfter: result.integer(9) ?? 60)
    case "idempotency_mismatch": return .mismatched
    case "account_disabled": return .refused(.accountDisabled)
    case "session_revoked": return .refused(.sessionRevoked)
    case "not_found": return .refused(.notFound)
    case "daily_quota_exceeded": return limited(.dailyQuotaExceeded, result)
    case "rate_limited": return limited(.rateLimited, result)
    default: throw .unavailable
    }
  }

  private static func limited(_ kind: Problem.Kind, _ result: borrowing PostgresResult) -> Beginning {
    .limited(kind, tier(result), quota(result), retryAfter: result.integer(9) ?? 60)
  }

  private static func tier(_ result: borrowing PostgresResult) -> Tier { result.text(1).flatMap(Tier.init) ?? .free }

  private static func quota(_ result: borrowing PostgresResult) -> QuotaState {
    QuotaState(
      dayLimit: result.integer(2), dayUsed: result.integer(3) ?? 0, dayReserved: result.integer(4) ?? 0,
      minuteLimit: result.integer(5), minuteUsed: result.integer(6) ?? 0,
      minuteResetSeconds: result.integer(7) ?? 60, dayResetSeconds: result.integer(8) ?? 86_400,
      resetsAt: result.text(10) ?? "")
  }

  private static func ground(_ result: borrowing PostgresResult) throws(StoreError) -> Ground {
    Ground(
      tier: tier(result), quota: quota(result), profile: try profile(result.text(13)), context: result.text(14),
      summary: result.text(15), summarisedUntil: result.text(16), turns: try turns(result.text(12)),
      turnCount: result.integer(11) ?? 0, overBudget: result.boolean(17) ?? false)
  }
}

extension ChatStore.Ground {
  /// What a message is answered on when there is no database.
  init(withoutDatabaseAs tier: Tier, quota: QuotaState, overBudget: Bool) {
    self.init(
      tier: tier, quota: quota, profile: nil, context: nil, summary: nil, summarisedUntil: nil, turns: [], turnCount: 0,
      overBudget: overBudget, isWithoutDatabase: true)
  }
}

/// What SQL call 1 says in JSON.
extension ChatStore {
  private static func parse(_ json: String) throws(StoreError) -> JSONValue {
    guard let value = try? StrictJSON.parse(Array(json.utf8)) else { throw .unavailable }
    return value
  }

  /// Reads the history, a JSON array of [question, answer, turn's id].
  private static func turns(_ json: String?) throws(StoreError) -> [Turn] {
    guard let json else { return [] }
    guard let rows = try parse(json).array else { throw .unavailable }
    var turns: [Turn] = []
    for row in rows {
      guard let said = row.array, said.count == 3, let question = said[0].text, let answer = said[1].text,
        let id = said[2].text
      else { throw .unavailable }
      turns.append(Turn(id: id, question: question, answer: answer))
    }
    return turns
  }

  private static func profile(_ json: String?) throws(StoreError) -> Profile? {
    guard let json else { return nil }
    let members = try parse(json)
    return Profile(
      currentJob: members.member("current_job")?.text,
      targetJob: members.member("target_job")?.text, sector: members.member("sector")?.text,
      experienceYears: members.integer("experience_years"), region: members.member("region")?.text,
      goals: members.member("goals")?.text)
  }

  private static func cachedAnswer(_ json: String?) throws(StoreError) -> CachedAnswer {
    guard let json else { throw .unavailable }
    let members = try parse(json)
    guard let text = members.member("answer")?.text, let model = members.member("model")?.text,
      let confidence = members.member("confidence")?.number,
      let topic = members.member("topic")?.text.flatMap(Topic.init),
      let finish = members.member("finish")?.text.flatMap(Answer.Finish.init)
    else { throw .unavailable }
    return CachedAnswer(text: text, model: model, confidence: confidence, topic: topic, finish: finish)
  }

  private static func storedAnswer(_ result: borrowing PostgresResult) throws(StoreError) -> StoredAnswer {
    guard let turn = result.text(19), let document = result.text(21), let json = result.text(22) else {
      throw .unavailable
    }
    let members = try parse(json)
    guard let used = members.integer("day_used"), let reserved = members.integer("day_reserved"),
      let resetsAt = members.member("resets_at")?.text
    else { throw .unavailable }
    var usage = quota(result)
    usage.dayLimit = members.integer("day_limit")
    usage.dayUsed = used
    usage.dayReserved = reserved
    usage.minuteLimit = members.integer("minute_limit")
    usage.minuteUsed = members.integer("minute_used") ?? 0
    usage.resetsAt = resetsAt
    return StoredAnswer(turn: turn, document: document, usage: usage)
  }
}

extension JSONValue {
  fileprivate func member(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  fileprivate func integer(_ name: String) -> Int? { member(name)?.number.flatMap(Int.init(exactly:)) }
}
