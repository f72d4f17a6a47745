import IrisDomain

/// An event and a fault of each kind with every member that it can have.
enum EventSamples {
  static let events: [Event] = [
    .chatRequest(
      ChatQuestion(
        tier: .premium, topic: .lettre, scalars: 123, turn: 4, usesAppContext: true, app: .cv,
        isInjectionSuspected: true)),
    .chatResponse(
      ChatOutcome(
        topic: .cv, finish: .blocked, model: "gemini-3.5-flash-lite", confidence: 0.7, milliseconds: 900, usage: usage,
        cost: ChatOutcome.MicroUnits(12, "EUR"), isCached: true, isStreamed: true, isDegraded: true,
        tokensEstimated: 900, block: Block(.question, .personalData))),
    .chatFallback(topic: .autre, reasons: ["timed_out", "set_aside_overloaded"]),
    .chatPartial(topic: .cv, reason: .clientGone), .chatReplayed(topic: .cv),
    .feedback(rating: 5, previous: PreviousRating(rating: 2, milliseconds: 1_795_262_400_000), hasComment: true),
    .summaryMade(
      SummaryOutcome(
        turns: 6, model: "gemini-3.5-flash-lite", usage: usage, cost: ChatOutcome.MicroUnits(12, "EUR"))),
    .budgetReached(limit: 10, currency: "EUR"),
    .providerKeyRejected(provider: "gemini", keyNumber: 2, reason: "key_rejected"),
    .quotaReached(.letters, tier: .free), .rateLimited(tier: .premium),
    .login(.succeeded, client: "0123456789abcdef"), .accountCreated(.registration), .accountErased,
    .tierChanged(from: .free, to: .premium), .tierChanged(from: .premium, to: .free), .passwordChanged(isReset: true),
    .refreshReplayed,
  ]

  static let faults: [Fault] =
    [true, false].map { isAnswered in
      .provider(
        Fault.Attempt(
          reason: "timed_out", provider: "gemini", model: "gemini-3.5-flash-lite", keyNumber: 1, number: 1,
          milliseconds: 40, isAnswered: isAnswered))
    } + [
      .processing(.unexpected(error: "RandomError"), Fault.Occurrence(route: "/api/v1/chat", count: 1)),
      .processing(.refusedStatement(sqlState: "42P01"), Fault.Occurrence(route: "/api/v1/user/me", count: 2)),
    ] + Fault.Authentication.allCases.map { .authentication($0, Fault.Occurrence(count: 3)) }

  private static let usage = TokenUsage(prompt: 900, cached: 10, candidates: 200, thoughts: 30, total: 1_130)

  /// A number for each case, without a gap. Whoever adds a case comes by here, and adds its sample above.
  static func number(of event: Event) -> Int {
    switch event {
    case .chatRequest: 0
    case .chatResponse: 1
    case .chatFallback: 2
    case .chatPartial: 3
    case .chatReplayed: 4
    case .feedback: 5
    case .summaryMade: 6
    case .budgetReached: 7
    case .providerKeyRejected: 8
    case .quotaReached: 9
    case .rateLimited: 10
    case .login: 11
    case .accountCreated: 12
    case .accountErased: 13
    case .tierChanged: 14
    case .passwordChanged: 15
    case .refreshReplayed: 16
    }
  }

  static func number(of fault: Fault) -> Int {
    switch fault {
    case .provider: 0
    case .processing: 1
    case .authentication: 2
    }
  }
}
