import IrisDomain

/// What SQL call 2 keeps of an answered turn, beside the words: charge, events and errors.
extension ChatReply {
  /// - Parameter requestID: stands in the errors, so that an answer, its log line and its errors can be found together.
  func completion(_ pseudonyms: Pseudonyms, requestID: String) throws -> ChatStore.Completion {
    ChatStore.Completion(
      answer: answer, status: answer.finish.rawValue, charge: charge, tier: tier, model: model, confidence: confidence,
      milliseconds: milliseconds, events: JSONBytes(try events(pseudonyms)).text,
      errors: JSONBytes(try errors(pseudonyms, requestID: requestID)).text)
  }

  /// A fallback is free; a blocked answer is, up to a few a day.
  private var charge: ChatStore.Completion.Charge {
    switch answer.finish {
    case .complete, .truncated: .yes
    case .blocked: .blocked
    case .fallback: .no
    }
  }

  /// The rows for `iris_events`.
  private func events(_ pseudonyms: Pseudonyms) throws -> [JSONObject] {
    let request = Event.chatRequest(
      ChatQuestion(tier: tier, topic: question.topic, scalars: question.text.unicodeScalars.count, turn: turn))
    let (user, conversation) = (pseudonyms.user(question.user), pseudonyms.conversation(question.conversation))
    return try [request, outcome].map { event in
      [
        "id": try Call.newID(), "user_id": user, "event_type": event.type, "metadata": JSONObject(event.metadata),
        "session_id": conversation,
      ]
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

  /// The rows for `iris_errors`: one for each attempt that failed, also when a later one answered. The message is a
  /// template, what varies stands in the context.
  private func errors(_ pseudonyms: Pseudonyms, requestID: String) throws -> [JSONObject] {
    try attempts.compactMap { attempt in
      guard let failure = attempt.failure else { return nil }
      let context: JSONObject = [
        "request_id": requestID, "provider": attempt.provider, "model": attempt.model,
        "key_number": attempt.keyNumber, "reason": failure.logWord, "ms": attempt.milliseconds,
      ]
      return [
        "id": try Call.newID(), "error_type": "provider_failure", "error_message": "a model did not answer",
        "user_id": pseudonyms.user(question.user), "context": context,
      ]
    }
  }
}

extension EventValue: JSONWritable {
  func write(to json: inout JSONBytes) {
    switch self {
    case .text(let value): value.write(to: &json)
    case .number(let value): value.write(to: &json)
    case .decimal(let value): value.write(to: &json)
    case .flag(let value): value.write(to: &json)
    case .list(let values): values.write(to: &json)
    }
  }
}
