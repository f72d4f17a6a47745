import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What `ChatStore` makes of SQL call 1, as the worker reads it.
@Suite(.needsDatabase) struct ChatGroundTests {
  let database: TestDatabase
  let store: ChatStore
  let user: TestUser

  private static let limits = Limits(
    free: TierLimits(messagesPerDay: 10, messagesPerMinute: 5, lettersPerMonth: 2),
    premium: TierLimits(messagesPerDay: nil, messagesPerMinute: 10, lettersPerMonth: nil))

  init() throws {
    database = try TestDatabase()
    store = ChatStore(database: try database.makeDatabase(), timeZone: ChatSQL.zone)
    user = try TestUser(database)
  }

  private func question(_ change: (inout ChatStore.Question) -> Void = { _ in }) throws -> ChatStore.Question {
    var question = ChatStore.Question(
      user: user.id, session: user.session, conversation: try TestID.make(), isNewConversation: true,
      turn: try TestID.make(milliseconds: 1), id: try TestID.make(), text: "Comment faire un CV ?", topic: .cv)
    change(&question)
    return question
  }

  private func begin(_ question: ChatStore.Question, budget: Int? = nil) throws -> ChatStore.Beginning {
    try store.begin(question, limits: Self.limits, lapseSeconds: 45, budget: budget)
  }

  private func ground(_ question: ChatStore.Question, budget: Int? = nil) throws -> ChatStore.Ground {
    guard case .reserved(let ground) = try begin(question, budget: budget) else { throw Problem(.internalError) }
    return ground
  }

  private static func completion(document: ChatStore.Document? = nil, alerts: String? = nil) -> ChatStore.Completion {
    ChatStore.Completion(
      answer: Answer(text: "Oui.", finish: .complete), status: "complete", charge: .yes, tier: .free, model: "m",
      confidence: 0.9, milliseconds: 5, events: "[]", errors: "[]", tokensEstimated: 12, costMicro: 30, spendMicro: 31,
      alerts: alerts, document: document)
  }

  @Test func `nobody told anything: no profile, no context, within any budget`() throws {
    let ground = try ground(try question { $0.appContext = "cv" })
    #expect(ground.tier == .free && ground.profile == nil && ground.context == nil && ground.summary == nil)
    #expect(ground.turns.isEmpty && ground.turnCount == 0 && !ground.overBudget)
  }

  @Test func `the profile comes to the letter`() throws {
    try database.execute(
      """
      UPDATE iris.accounts SET name = 'Ada "L"', current_job = 'Comptable', target_job = 'Développeuse',
        sector = 'Santé', experience_years = 12, region = 'La Réunion', goals = E'1.\\n2.'
      """)
    let profile = Profile(
      currentJob: "Comptable", targetJob: "Développeuse", sector: "Santé", experienceYears: 12,
      region: "La Réunion", goals: "1.\n2.")
    #expect(try ground(try question()).profile == profile)
    try database.execute(
      """
      UPDATE iris.accounts SET name = NULL, current_job = NULL, target_job = NULL, sector = NULL, region = NULL,
        goals = NULL, experience_years = 0
      """)
    #expect(try ground(try question()).profile == Profile(experienceYears: 0))
  }

  @Test func `the context is that of the app that was asked for, and the user's own`() throws {
    let other = try TestUser(database)
    for (owner, app, data) in [(user, "cv", "1"), (user, "letters", "2"), (other, "ats", "3")] {
      try database.execute(
        "INSERT INTO iris.user_contexts (user_id, app, data) VALUES ($1::uuid, $2, $3::jsonb)",
        [owner.id, app, "{\"data\":\(data)}"])
    }
    #expect(try ground(try question { $0.appContext = "letters" }).context == #"{"data": 2}"#)
    #expect(try ground(try question { $0.appContext = "ats" }).context == nil)
    #expect(try ground(try question()).context == nil)
  }

  @Test func `the answer goes round: asked, answered, repeated, taken over, mismatched`() throws {
    let idempotency = ChatStore.Idempotency(key: "a key!", bodyHash: "abcd")
    let first = try question {
      $0.idempotency = idempotency
      $0.worker = "host 7 42"
    }
    let quota = try ground(first).quota
    let again = try question { $0.idempotency = idempotency }
    guard case .inProgress(first.turn, "host 7 42", let wait) = try begin(again) else {
      throw Problem(.internalError)
    }
    #expect((43...45).contains(wait))
    let heir = try question {
      $0.idempotency = idempotency
      $0.takeover = first.turn
    }
    #expect(try ground(heir).quota.dayReserved == 1)
    let text = #"{"response":"Oui."}"#
    let counts = try store.finish(heir, Self.completion(document: ChatStore.Document(text: text, quota: quota)))
    guard case .replayed(let stored) = try begin(again) else { throw Problem(.internalError) }
    #expect(stored.turn == heir.turn && stored.document == text)
    var expected = quota
    (expected.dayUsed, expected.dayReserved) = counts
    (expected.minuteResetSeconds, expected.dayResetSeconds) =
      (stored.usage.minuteResetSeconds, stored.usage.dayResetSeconds)
    #expect(stored.usage == expected)
    let other = try question { $0.idempotency = ChatStore.Idempotency(key: "a key!", bodyHash: "ef01") }
    guard case .mismatched = try begin(other) else { throw Problem(.internalError) }
  }

  @Test func `no limit stays none in a repeat`() throws {
    try database.execute("UPDATE iris.accounts SET tier = 'premium'")
    let asked = try question { $0.idempotency = ChatStore.Idempotency(key: "k", bodyHash: "ab") }
    var quota = try ground(asked).quota
    quota.minuteLimit = nil
    _ = try store.finish(asked, Self.completion(document: ChatStore.Document(text: "{}", quota: quota)))
    guard case .replayed(let stored) = try begin(asked) else { throw Problem(.internalError) }
    #expect(stored.usage.dayRemaining == nil && stored.usage.minuteRemaining == nil)
    #expect(stored.usage.resetsAt == quota.resetsAt)
  }

  @Test func `an abandoned key is free again`() throws {
    let asked = try question { $0.idempotency = ChatStore.Idempotency(key: "k", bodyHash: "ab") }
    _ = try ground(asked)
    try store.abandon(asked)
    #expect(try ground(try question { $0.idempotency = asked.idempotency }).quota.dayReserved == 1)
  }

  @Test func `a cached answer comes as it was kept`() throws {
    let answer = ChatStore.CachedAnswer(
      text: "« Oui »", model: "gemini-x", confidence: 0.123, topic: .entretien, finish: .complete)
    try store.cache(answer, key: "00ff10", tier: .free, user: try TestUser(database).id)
    guard case .cached(answer, let ground) = try begin(try question { $0.cacheKey = "00ff10" }) else {
      throw Problem(.internalError)
    }
    #expect(ground.quota.minuteUsed == 1 && ground.quota.dayReserved == 0 && ground.turnCount == 0)
    let seconds = try database.integer(
      "SELECT extract(epoch FROM expires_at - created_at)::integer FROM iris.answer_cache")
    #expect(seconds == AnswerCacheRules.ttlSeconds)
  }

  @Test func `cost, spend and alerts arrive`() throws {
    let asked = try question()
    #expect(try !ground(asked, budget: 31).overBudget)
    let alerts = #"[{"kind":"key_revoked","subject":"1","detail":{}}]"#
    _ = try store.finish(asked, Self.completion(alerts: alerts))
    let kept = try database.text(
      "SELECT concat_ws(' ', cost_micro, tokens_estimated) FROM iris.iris_messages WHERE role = 'assistant'")
    #expect(kept == "30 12")
    #expect(try database.integer("SELECT count FROM iris.alerts") == 1)
    #expect(try ground(try question(), budget: 31).overBudget)
  }
}
