import IrisDomain
import IrisSystem

/// The two round trips of a chat, and what follows when the answer has been sent.
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
    /// The id of one of the topic's specialisations, where the message shows one.
    var specialisation: String?
    /// `Distress.isSigned` of the text, which the way of a chat asks for again and again. Never stored.
    let isDistressed: Bool
    /// The app whose stored context the prompt may use.
    var appContext: String?
    var idempotency: Idempotency?
    /// The hash by which an equal question finds its answer, hexadecimal; nil: don't look.
    var cacheKey: String?
    /// This worker, in the words by which another one can find out whether it still lives.
    var worker = ""
    /// The turn of the same idempotency key whose worker is known to be dead: this question takes its place.
    var takeover: String?

    init(
      user: String, session: String, conversation: String, isNewConversation: Bool, turn: String, id: String,
      text: String, topic: Topic, specialisation: String? = nil, appContext: String? = nil,
      idempotency: Idempotency? = nil, worker: String = ""
    ) {
      self.user = user
      self.session = session
      self.conversation = conversation
      self.isNewConversation = isNewConversation
      self.turn = turn
      self.id = id
      self.text = text
      self.topic = topic
      self.specialisation = specialisation
      self.appContext = appContext
      self.idempotency = idempotency
      self.worker = worker
      isDistressed = Distress.isSigned(in: text)
    }
  }

  /// What the client sent to be answered once.
  struct Idempotency: Sendable {
    let key: String
    /// SHA-256 of the body, hexadecimal.
    let bodyHash: String
  }

  static func number(_ value: Int?) -> String? { value.map(String.init) }

  /// Gives the reservation and the idempotency key back when the client left before there was an answer.
  func abandon(_ question: Question) throws(StoreError) {
    _ = try database.run(
      "SELECT iris.abandon_chat($1, $2, $3, $4)",
      [question.user, question.turn, question.id, question.idempotency?.key], repeatable: true)
  }

  /// Records what happened where no turn is settled.
  /// - Parameters:
  ///   - events, errors, alerts: JSON arrays, as `Completion` has them.
  ///   - spend: what the day's budget is charged with; micro-units.
  func record(
    events: String = "[]", errors: String = "[]", alerts: String = "[]", spend: Int = 0
  ) throws(StoreError) {
    _ = try database.run(
      "SELECT iris.record($1, $2, $3, $4, $5)", [events, errors, alerts, String(spend), timeZone])
  }

  /// Keeps an answer for the next one who asks the same; the rules for what may be shared are the caller's.
  func cache(_ answer: CachedAnswer, key: String, tier: Tier, user: String) throws(StoreError) {
    _ = try database.run(
      "SELECT iris.cache_answer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      [
        "\\x" + key, tier.rawValue, user, answer.text, answer.model, String(answer.confidence), answer.topic.rawValue,
        answer.finish.rawValue, String(AnswerCacheRules.ttlSeconds), String(AnswerCacheRules.maximumRows),
      ], repeatable: true)
  }

  /// Keeps the summary of a conversation's turns up to and with `turn`.
  /// - Parameters:
  ///   - expected: `Ground.summarisedUntil` of the ground on which it was made.
  ///   - spend: what the day's budget is charged with for making it, kept or not; micro-units.
  ///   - events: JSON array of the rows for `iris_events`.
  /// - Returns: false when somebody else kept a newer one meanwhile, or the conversation was deleted.
  func storeSummary(
    _ summary: String, conversation: String, user: String, through turn: String, expected: String?, spend: Int = 0,
    events: String = "[]"
  ) throws(StoreError) -> Bool {
    let result = try database.run(
      "SELECT iris.store_summary($1, $2, $3, $4, $5, $6, $7, $8)",
      [user, conversation, summary, turn, expected, String(spend), events, timeZone])
    return result.boolean(0) ?? false
  }
}
