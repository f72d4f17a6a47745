/// Something that went wrong: the closed list of what stands in `iris_errors`.
///
/// The message is a template, what varies stands in the context. Equal faults have equal type, message, provider, model,
/// reason and route, of which the fingerprint is made by which they are grouped; it holds nothing that a user wrote.
package enum Fault: Sendable {
  /// An attempt at a model failed.
  case provider(Attempt)
  /// A request failed for a reason of our own.
  case processing(Processing, Occurrence)
  /// Credentials that nobody can have got from us.
  case authentication(Authentication, Occurrence)

  /// One call of a model.
  package struct Attempt: Sendable {
    /// The provider failure's name, never its text.
    package var reason: String
    package var provider: String
    /// As configured.
    package var model: String
    /// The key's place in the list, from 1.
    package var keyNumber: Int
    /// Which attempt of its request it was, from 1.
    package var number: Int
    package var milliseconds: Int
    /// There was an answer, and it could not be used.
    package var isAnswered: Bool

    package init(
      reason: String, provider: String, model: String, keyNumber: Int, number: Int, milliseconds: Int, isAnswered: Bool
    ) {
      self.reason = reason
      self.provider = provider
      self.model = model
      self.keyNumber = keyNumber
      self.number = number
      self.milliseconds = milliseconds
      self.isAnswered = isAnswered
    }
  }

  /// When a fault is told for one of many: a client that asks a thousand times leaves a few rows, not a thousand.
  package struct Occurrence: Sendable {
    /// As the route table has it, without what stands in a parameter's place; nil: of no matter.
    package var route: String?
    /// How often it happened since it was told last, this time included.
    package var count: Int

    package init(route: String? = nil, count: Int) {
      self.route = route
      self.count = count
    }
  }

  package enum Processing: Sendable {
    /// Answered by 500, or by an `error` in a stream. `error` is the type of what was thrown, a word of our own.
    case unexpected(error: String)
    /// PostgreSQL refused a statement for good (SQLSTATE).
    case refusedStatement(sqlState: String)

    package var reason: String {
      switch self {
      case .unexpected(let error): error
      case .refusedStatement(let state): "sqlstate_" + state
      }
    }
  }

  package enum Authentication: String, CaseIterable, Sendable {
    /// What stands in the Authorization field is no token.
    case malformedToken = "malformed_token"
    /// A whole token that we or the other issuer did not sign, or not for this.
    case rejectedToken = "rejected_token"
    /// The same on an internal route.
    case rejectedServiceToken = "rejected_service_token"
    /// A used refresh token came again: somebody has a copy.
    case replayedRefreshToken = "replayed_refresh_token"
  }

  /// The column `error_type`.
  package var type: String {
    switch self {
    case .provider(let attempt): attempt.isAnswered ? "processing_failure" : "provider_failure"
    case .processing: "processing_failure"
    case .authentication: "authentication_failure"
    }
  }

  /// The column `error_message`.
  package var message: String {
    switch self {
    case .provider(let attempt): attempt.isAnswered ? "a model's answer could not be used" : "a model did not answer"
    case .processing(.unexpected, _): "a request failed unexpectedly"
    case .processing(.refusedStatement, _): "PostgreSQL refused a statement"
    case .authentication(.replayedRefreshToken, _): "a used refresh token came again"
    case .authentication: "a token was refused"
    }
  }

  /// The column `context`, but for the request's id.
  package var context: [String: EventValue] {
    switch self {
    case .provider(let attempt):
      [
        "attempt": .number(attempt.number), "provider": .text(attempt.provider), "model": .text(attempt.model),
        "key_number": .number(attempt.keyNumber), "reason": .text(attempt.reason), "ms": .number(attempt.milliseconds),
      ]
    case .processing(let what, let occurrence): occurrence.context(reason: what.reason)
    case .authentication(let what, let occurrence): occurrence.context(reason: what.rawValue)
    }
  }
}

extension Fault.Occurrence {
  fileprivate func context(reason: String) -> [String: EventValue] {
    known(["reason": .text(reason), "route": route.map(EventValue.text), "count": .number(count)])
  }
}
