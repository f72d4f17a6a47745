import IrisDomain

extension Pseudonyms {
  /// A row for `iris_events`.
  /// - Parameters:
  ///   - user: the account's id; nil for what is nobody's.
  ///   - conversation: the conversation's public id.
  func row(_ event: Event, user: String? = nil, conversation: String? = nil) throws -> JSONObject {
    [
      "id": try Call.newID(), "user_id": user.flatMap { self.user($0) }, "event_type": event.type,
      "metadata": JSONObject(event.metadata), "session_id": conversation.flatMap { self.conversation($0) },
    ]
  }

  /// The rows for `iris_errors`: one for each attempt that failed, also when a later one answered. The message is a
  /// template, what varies stands in the context.
  func errorRows(_ attempts: [ProviderAttempt], user: String, requestID: String) throws -> [JSONObject] {
    try attempts.enumerated().compactMap { index, attempt in
      guard let failure = attempt.fault else { return nil }
      let context: JSONObject = [
        "request_id": requestID, "attempt": index + 1, "provider": attempt.provider, "model": attempt.model,
        "key_number": attempt.keyNumber, "reason": failure.logWord, "ms": attempt.milliseconds,
      ]
      return [
        "id": try Call.newID(), "error_type": "provider_failure", "error_message": "a model did not answer",
        "user_id": self.user(user), "context": context,
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
