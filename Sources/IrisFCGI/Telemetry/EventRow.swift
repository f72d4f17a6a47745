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

  /// A row for `iris_errors`.
  /// - Parameter user: the account's id; nil for what is nobody's.
  func row(_ fault: Fault, user: String? = nil, requestID: String) throws -> JSONObject {
    var context = JSONObject(fault.context)
    context.add("request_id", requestID)
    return [
      "id": try Call.newID(), "error_type": fault.type, "error_message": fault.message,
      "user_id": user.flatMap { self.user($0) }, "context": context,
    ]
  }

  /// One row for each attempt that failed, also when a later one answered.
  func errorRows(_ attempts: [ProviderAttempt], user: String, requestID: String) throws -> [JSONObject] {
    try attempts.enumerated().compactMap { index, attempt in
      guard let failure = attempt.fault else { return nil }
      return try row(
        .provider(
          Fault.Attempt(
            reason: failure.logWord, provider: attempt.provider, model: attempt.model, keyNumber: attempt.keyNumber,
            number: index + 1, milliseconds: attempt.milliseconds, isAnswered: failure.isAnswer)),
        user: user, requestID: requestID)
    }
  }
}

extension Fault.Processing {
  /// What was thrown and nobody expected. Only names of our own types are told: a description may hold anything.
  init(_ error: any Error) {
    if case StoreError.refused(let state) = error {
      self = .refusedStatement(sqlState: state)
    } else {
      self = .unexpected(error: String(describing: type(of: error)))
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
