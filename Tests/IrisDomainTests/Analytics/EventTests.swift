import IrisDomain
import Testing

struct EventTests {
  @Test func `a request tells sizes and names`() {
    var question = ChatQuestion(tier: .premium, topic: .lettre, scalars: 123, turn: 4)
    var expected: [String: EventValue] = [
      "tier": .text("premium"), "topic": .text("lettre"), "length": .number(123), "turn": .number(4),
      "app_context": .flag(false), "injection_suspected": .flag(false),
    ]
    #expect(Event.chatRequest(question).type == "chat_request")
    #expect(Event.chatRequest(question).metadata == expected)
    (question.usesAppContext, question.isInjectionSuspected) = (true, true)
    (expected["app_context"], expected["injection_suspected"]) = (.flag(true), .flag(true))
    #expect(Event.chatRequest(question).metadata == expected)
  }

  @Test(arguments: [("cv", "cv"), ("letters", "letters"), ("jean-dupont", "other"), ("CV", "other"), ("", "other")])
  func `a client's own name of an app is not repeated`(name: String, told: String) {
    let question = ChatQuestion(tier: .free, topic: .cv, scalars: 1, turn: 0, app: ChatQuestion.App(name: name))
    #expect(Event.chatRequest(question).metadata["app"] == .text(told))
  }

  @Test func `refusals tell limit and tier, logins the hash of the day`() {
    let events: [(Event, String, [String: EventValue])] = [
      (.quotaReached(.day, tier: .free), "quota_reached", ["limit": .text("day"), "tier": .text("free")]),
      (
        .quotaReached(.letters, tier: .premium), "quota_reached", ["limit": .text("letters"), "tier": .text("premium")]
      ),
      (.rateLimited(tier: .premium), "rate_limited", ["tier": .text("premium")]),
      (.login(.failed, client: nil), "login", ["outcome": .text("failed")]),
      (.login(.throttled, client: "0a"), "login", ["outcome": .text("throttled"), "client": .text("0a")]),
    ]
    for (event, type, metadata) in events {
      #expect(event.type == type)
      #expect(event.metadata == metadata)
    }
  }

  private static let least: [String: EventValue] = [
    "topic": .text("cv"), "finish": .text("truncated"), "model": .text("m"), "confidence": .decimal(0.7),
    "response_time_ms": .number(9), "cached": .flag(false), "streamed": .flag(false),
    "degraded": .flag(false),
  ]

  private static func outcome(_ usage: TokenUsage = .unknown) -> ChatOutcome {
    ChatOutcome(topic: .cv, finish: .truncated, model: "m", confidence: 0.7, milliseconds: 9, usage: usage)
  }

  @Test func `unknown numbers of an answer are left out`() {
    #expect(Event.chatResponse(Self.outcome()).metadata == Self.least)
    let most = Event.chatResponse(
      Self.outcome(TokenUsage(prompt: 1, cached: 0, candidates: 2, thoughts: 3, total: 6))
    ).metadata
    #expect(most.count == Self.least.count + 4)
    #expect(most["tokens_in"] == .number(1) && most["tokens_out"] == .number(2))
    #expect(most["tokens_thought"] == .number(3) && most["tokens_cached"] == .number(0))
  }

  @Test func `what is special about an answer is told`() {
    var outcome = Self.outcome()
    outcome.isPartial = true
    outcome.cost = ChatOutcome.MicroUnits(0, "EUR")
    (outcome.isCached, outcome.isStreamed, outcome.tokensEstimated) = (true, true, 900)
    outcome.isDegraded = true
    outcome.block = Block(.question, .personalData)
    let told: [String: EventValue] = [
      "finish": .text("partial"), "cost_micro": .number(0), "currency": .text("EUR"), "cached": .flag(true),
      "streamed": .flag(true), "degraded": .flag(true), "tokens_estimated": .number(900),
      "block_stage": .text("question"), "block_reason": .text("personal_data"),
    ]
    #expect(Event.chatResponse(outcome).metadata == Self.least.merging(told) { $1 })
  }

  @Test(arguments: [
    (Event.chatPartial(topic: .cv, reason: .clientGone), "chat_partial", ["topic": "cv", "reason": "client_gone"]),
    (.chatPartial(topic: .cv, reason: .upstreamFailed), "chat_partial", ["topic": "cv", "reason": "upstream_failed"]),
    (.chatReplayed(topic: .autre), "chat_replayed", ["topic": "autre"]),
  ])
  func `ends of chats are told`(event: Event, type: String, texts: [String: String]) {
    #expect(event.type == type && event.metadata == texts.mapValues(EventValue.text))
  }

  @Test func `feedback, summaries, budget and keys are told`() {
    let feedback = Event.feedback(rating: 5, previous: nil, hasComment: true)
    #expect(feedback.type == "feedback")
    #expect(feedback.metadata == ["rating": .number(5), "has_comment": .flag(true)])
    let changed = Event.feedback(rating: 5, previous: PreviousRating(rating: 2, milliseconds: 7), hasComment: true)
    #expect(changed.metadata["previous"] == .number(2) && changed.metadata["previous_at"] == .number(7))
    let usage = TokenUsage(prompt: 900, cached: nil, candidates: 200, thoughts: nil, total: nil)
    let summary = Event.summaryMade(
      SummaryOutcome(turns: 6, model: "m", usage: usage, cost: ChatOutcome.MicroUnits(12, "USD")))
    #expect(summary.type == "summary_made")
    #expect(
      summary.metadata == [
        "turns": .number(6), "model": .text("m"), "tokens_in": .number(900), "tokens_out": .number(200),
        "cost_micro": .number(12), "currency": .text("USD"),
      ])
    let budget = Event.budgetReached(limit: 10, currency: "EUR")
    #expect(budget.type == "budget_reached")
    #expect(budget.metadata == ["limit_micro": .number(10), "currency": .text("EUR")])
    let key = Event.providerKeyRejected(provider: "gemini", keyNumber: 2, reason: "key_refused")
    #expect(key.type == "provider_key_rejected")
    #expect(
      key.metadata == ["provider": .text("gemini"), "key_number": .number(2), "reason": .text("key_refused")])
  }

  @Test func `a fallback tells why`() {
    let event = Event.chatFallback(topic: .autre, reasons: ["timed_out", "overloaded"])
    #expect(event.type == "chat_fallback")
    #expect(event.metadata == ["topic": .text("autre"), "reasons": .list(["timed_out", "overloaded"])])
  }

  @Test func `a pseudonym's text names its purpose first`() {
    #expect(Pseudonym.user("x") == "user:x" && Pseudonym.conversation("x") == "conversation:x")
    #expect(Pseudonym.user("x") != Pseudonym.conversation("x") && Pseudonym.length == 32)
  }
}
