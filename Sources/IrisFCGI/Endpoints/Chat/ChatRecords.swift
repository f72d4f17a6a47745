import IrisDomain

/// What SQL call 2 keeps of a turn, beside the words: charge, events, errors, alerts.
extension ChatReply {
  /// - Parameters:
  ///   - currency: of the price table.
  ///   - requestID: stands in the errors, so that an answer, its log line and its errors can be found together.
  ///   - document: what a repeat of the request may get.
  func completion(
    _ pseudonyms: Pseudonyms, currency: String, requestID: String, document: ChatDocument? = nil, alerts: [Alert] = []
  ) throws -> ChatStore.Completion {
    let kept = document.map { ChatStore.Document(text: $0.text, quota: ground.quota) }
    return ChatStore.Completion(
      answer: answer, status: partial == nil ? answer.finish.rawValue : "partial", charge: charge, tier: ground.tier,
      model: model, confidence: confidence, milliseconds: milliseconds,
      events: JSONBytes(try events(pseudonyms, currency: currency, alerts)).text,
      errors: JSONBytes(try pseudonyms.errorRows(attempts, user: question.user, requestID: requestID)).text,
      tokensEstimated: expense.tokensEstimated, costMicro: expense.cost,
      spendMicro: expense.spend > 0 ? expense.spend : nil,
      alerts: alerts.isEmpty ? nil : JSONBytes(alerts.map(\.row)).text,
      document: question.idempotency != nil && isKept ? kept : nil)
  }

  /// A fallback is free, and so is what came from the cache; a blocked answer is, up to a few a day. A stream is charged
  /// from its first text on, whatever became of it.
  private var charge: ChatStore.Completion.Charge {
    if isCached { return .no }
    switch answer.finish {
    case .complete, .truncated: return .yes
    case .blocked: return .blocked
    case .fallback: return .no
    }
  }

  /// Whether a repeat with the same Idempotency-Key gets this answer back.
  private var isKept: Bool { partial == nil && answer.finish != .fallback }

  /// The rows for `iris_events`.
  private func events(_ pseudonyms: Pseudonyms, currency: String, _ alerts: [Alert]) throws -> [JSONObject] {
    let request = ChatQuestion(
      tier: ground.tier, topic: question.topic, scalars: question.text.unicodeScalars.count, turn: ground.turnCount,
      usesAppContext: ground.context != nil, app: question.appContext.map(ChatQuestion.App.init(name:)),
      isInjectionSuspected: isInjectionSuspected)
    var events = [Event.chatRequest(request), outcome(currency)]
    if let partial { events.append(.chatPartial(topic: question.topic, reason: partial)) }
    return try events.map { try pseudonyms.row($0, user: question.user, conversation: question.conversation) }
      + alerts.compactMap(\.event).map { try pseudonyms.row($0) }
  }

  private var isInjectionSuspected: Bool {
    ([question.text, ground.context].compactMap { $0 } + (ground.profile?.labelled ?? []).map(\.value))
      .contains(where: Injection.isSuspected)
  }

  private func outcome(_ currency: String) -> Event {
    if answer.finish == .fallback {
      let reasons =
        attempts.compactMap { $0.failure?.logWord } + skipped.map { "set_aside_\($0.obstacle.reason.logWord)" }
      let all = (ground.overBudget ? ["budget"] : []) + reasons
      return .chatFallback(topic: question.topic, reasons: all.isEmpty ? ["unconfigured"] : all)
    }
    return .chatResponse(
      ChatOutcome(
        topic: question.topic, finish: answer.finish, model: model, confidence: confidence,
        milliseconds: milliseconds, usage: answer.usage, isPartial: partial != nil,
        cost: expense.cost.map { ChatOutcome.MicroUnits($0, currency) }, isCached: isCached, isStreamed: isStreamed,
        isDegraded: ground.isWithoutDatabase,
        tokensEstimated: expense.tokensEstimated, block: answer.block))
  }
}
