import IrisDomain

/// What SQL call 2 keeps of an answered turn, beside the words: charge, events and errors.
extension ChatReply {
  /// - Parameter requestID: stands in the errors, so that an answer, its log line and its errors can be found together.
  func completion(_ pseudonyms: Pseudonyms, requestID: String) throws -> ChatStore.Completion {
    ChatStore.Completion(
      answer: answer, status: answer.finish.rawValue, charge: charge, tier: tier, model: model, confidence: confidence,
      milliseconds: milliseconds, events: try JSON.text(try events(pseudonyms)),
      errors: try JSON.text(try errors(pseudonyms, requestID: requestID)))
  }

  /// A fallback is free; a blocked answer is, up to a few a day.
  private var charge: ChatStore.Completion.Charge {
    switch answer.finish {
    case .complete, .truncated: .yes
    case .blocked: .blocked
    case .fallback: .no
    }
  }

  /// A row for `iris_events`.
  private struct EventRow: Encodable {
    let id: String
    let userId: String?
    let eventType: String
    let metadata: [String: EventValue]
    let sessionId: String?
  }

  private func events(_ pseudonyms: Pseudonyms) throws -> [EventRow] {
    let request = Event.chatRequest(
      tier: tier, topic: question.topic, scalars: question.text.unicodeScalars.count, turn: turn)
    let (user, conversation) = (pseudonyms.user(question.user), pseudonyms.conversation(question.conversation))
    return try [request, outcome].map { event in
      EventRow(
        id: try Call.newID(), userId: user, eventType: event.type, metadata: event.metadata, sessionId: conversation)
    }
  }

  private var outcome: Event {
    if answer.finish == .fallback {
      let reasons = attempts.compactMap { $0.failure?.logWord }
      return .chatFallback(topic: question.topic, reasons: reasons.isEmpty ? ["unconfigured"] : reasons)
    }
    return .chatResponse(
      ChatOutcome(
        topic: question.topic, finish: answer.finish, model: model, confidence: confidence,
        milliseconds: milliseconds, usage: answer.usage))
  }

  /// A row for `iris_errors`; the message is a template, what varies stands in the context.
  private struct ErrorRow: Encodable {
    let id: String
    let errorType = "provider_failure"
    let errorMessage = "a model did not answer"
    let userId: String?
    let context: [String: EventValue]
  }

  /// One row for each attempt that failed, also when a later one answered.
  private func errors(_ pseudonyms: Pseudonyms, requestID: String) throws -> [ErrorRow] {
    try attempts.compactMap { attempt in
      guard let failure = attempt.failure else { return nil }
      return ErrorRow(
        id: try Call.newID(), userId: pseudonyms.user(question.user),
        context: [
          "request_id": .text(requestID), "provider": .text(attempt.provider), "model": .text(attempt.model),
          "key_number": .number(attempt.keyNumber), "reason": .text(failure.logWord),
          "ms": .number(attempt.milliseconds),
        ])
    }
  }
}
