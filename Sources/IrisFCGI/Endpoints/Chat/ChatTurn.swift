import IrisDomain
import IrisSystem

/// One question that was let through, on its way to an answer: prompt, model, review, `TurnKeeper`, response.
struct ChatTurn {
  let call: Call
  let question: ChatStore.Question
  let ground: ChatStore.Ground
  /// Microseconds of the monotonic clock at which the endpoint began.
  let start: Int64

  /// As the route table has it.
  private static let route = "/api/v1/chat"

  private var services: Services { call.services }

  /// Asks the models, then the offline Alessio, and keeps what came of it.
  func run() throws -> Response {
    let delivery = delivery
    do {
      return try answer(delivery)
    } catch {
      // A stream that began cannot become an HTTP error any more.
      guard delivery.hasBegun else { throw error }
      let fault = Fault.Processing(error)
      services.log.write(
        .error, "a stream failed unexpectedly", [("id", .text(call.request.id)), ("reason", .text(fault.reason))])
      services.tell(fault, route: ChatTurn.route, requestID: call.request.id)
      return delivery.fail(call.problem(.internalError))
    }
  }

  /// An answer that the same question got before.
  func run(cached: ChatStore.CachedAnswer) throws -> Response {
    let delivery = delivery
    return try conclude(ChatReply(cached, question: question, ground: ground, milliseconds: elapsed), delivery)
  }

  private var delivery: ChatDelivery {
    ChatDelivery(
      call,
      ChatDelivery.Place(
        conversation: question.conversation, turn: question.turn, topic: question.topic.rawValue),
      quota: ground.quota, outlastsClient: question.idempotency != nil)
  }

  private func answer(_ delivery: ChatDelivery) throws -> Response {
    let providers = services.providers(withinBudget: !ground.overBudget)
    services.trace.tier = ground.tier
    let prompt = prompt()
    // Someone in distress reads the numbers that help at once, and of the model only what was reviewed as a whole.
    if question.isDistressed {
      let help = Distress.answer(nil, message: question.text)
      delivery.text(help, model: providers.firstModel ?? ChatReply.offlineModel)
    }
    let live = delivery.live(inPieces: !question.isDistressed)
    switch ask(providers, prompt, live) {
    case .answered(let answer, let model, let attempts):
      services.scoreboard.modelFailures.store(0)
      return try conclude(reply(answer, asked: model, prompt, attempts), delivery, remembering: prompt)
    case .exhausted(let attempts, let skipped):
      if !attempts.isEmpty || !skipped.isEmpty { _ = services.scoreboard.modelFailures.increment() }
      let reply = ChatReply(
        offline: question, ground: ground, milliseconds: elapsed,
        expense: .none.adding(spend: services.spend(on: attempts, prompt)), attempts: attempts, skipped: skipped)
      return try conclude(reply, delivery)
    case .broken(_, let model, let attempts):
      _ = try keep(partial(live, .upstreamFailed, asked: model, prompt, attempts), document: nil)
      return delivery.fail(call.problem(.upstreamFailed))
    case .clientGone(let model?, let attempts):
      _ = try keep(partial(live, .clientGone, asked: model, prompt, attempts), document: nil)
      return delivery.abandoned()
    case .clientGone(_, let attempts):
      keeper.abandon()
      services.record(attempts, prompt, ground, user: question.user, requestID: call.request.id)
      return delivery.abandoned()
    }
  }

  private func prompt() -> Prompt {
    let begun = Clock.monotonicMicroseconds
    defer { services.trace.promptMicroseconds = Clock.monotonicMicroseconds - begun }
    return services.prompt(for: question, ground)
  }

  private func ask(_ providers: ProviderChain, _ prompt: Prompt, _ live: LiveAnswer) -> ProviderChain.Outcome {
    let deadline = start / 1_000 + Int64(call.configuration.chat.deadlineSeconds) * 1_000
    let asked = Clock.monotonicMicroseconds
    let phase = services.scoreboard.workers.enter(.model)
    defer { services.scoreboard.workers.enter(phase) }
    let outcome = providers.answer(prompt, deadline: deadline, live: live)
    services.modelMicroseconds = Clock.monotonicMicroseconds - asked
    services.trace.note(outcome)
    for attempt in outcome.attempts { services.log.tell(attempt, requestID: call.request.id) }
    return outcome
  }

  private var elapsed: Int { Int((Clock.monotonicMicroseconds - start + 500) / 1_000) }

  private func reply(
    _ answer: Answer, asked model: String, _ prompt: Prompt, _ attempts: [ProviderAttempt]
  ) -> ChatReply {
    if let counted = answer.usage.prompt {
      services.scoreboard.learnTokens(estimated: prompt.estimatedTokens, counted: counted)
    }
    let expense = services.expense(answer.usage, text: answer.text, prompt, model: model)
      .adding(spend: services.spend(on: attempts, prompt))
    return ChatReply(
      answer, from: answer.modelVersion ?? model, question: question, ground: ground, milliseconds: elapsed,
      expense: expense, attempts: attempts)
  }

  private func partial(
    _ live: LiveAnswer, _ reason: Event.PartialReason, asked model: String, _ prompt: Prompt,
    _ attempts: [ProviderAttempt]
  ) -> ChatReply {
    let expense = services.expense(live.usage, text: live.text, prompt, model: model)
    return ChatReply(
      partial: live, reason, from: live.modelVersion ?? model, question: question, ground: ground,
      milliseconds: elapsed, expense: expense, attempts: attempts)
  }

  /// Keeps the turn, then sends the answer's end.
  /// - Parameter prompt: of an answer that may serve later questions.
  private func conclude(
    _ reply: ChatReply, _ delivery: ChatDelivery, remembering prompt: Prompt? = nil
  ) throws -> Response {
    let document = reply.document
    services.trace.note(reply)
    let kept = try keep(reply.streamed(delivery.isStreamed), document: document)
    defer { if kept.isStored, let prompt { remember(reply, prompt) } }
    return delivery.finish(document, quota: kept.quota)
  }

  private func keep(_ reply: ChatReply, document: ChatDocument?) throws -> TurnKeeper.Kept {
    services.scoreboard.count(reply)
    return keeper.keep(
      try reply.completion(
        services.pseudonyms, currency: call.configuration.prices.currency, requestID: call.request.id,
        document: document, alerts: services.alerts(reply.attempts, ground)))
  }

  private var keeper: TurnKeeper {
    TurnKeeper(services: services, question: question, ground: ground, requestID: call.request.id)
  }

  /// What may serve later questions, done when the answer is out.
  private func remember(_ reply: ChatReply, _ prompt: Prompt) {
    if let key = question.cacheKey, ground.permitsSharing, CacheRules.permitsAnswer(reply.answer),
      let answer = reply.cacheable
    {
      services.afterwards(canBeSkipped: false) { [services, question, ground] in
        // The next one who asks the same asks a model.
        try? services.chats.cache(answer, key: key, tier: ground.tier, user: question.user)
      }
    }
    guard ground.tier == .premium, reply.answer.finish == .complete || reply.answer.finish == .truncated else { return }
    let latest = Turn(id: question.turn, question: question.text, answer: reply.answer.text)
    let memory = Memory(summary: ground.summary, turns: ground.turns + [latest])
    guard let fold = memory.fold(budget: services.tokenBudget, frame: prompt.frame) else { return }
    let summary = RollingSummary(
      services: services, question: question, ground: ground, fold: fold, requestID: call.request.id)
    services.afterwards(canBeSkipped: !fold.isOverdue) { summary.make() }
  }
}
