/// Something worth counting: the closed list of what stands in `iris_events`.
///
/// Metadata holds sizes, names from closed lists and milliseconds, never a user's words or ids. No event says whether a
/// message showed signs of distress: that is health data (GDPR, article 9), and nobody needs it counted by person.
package enum Event: Sendable {
  /// A message was let through.
  case chatRequest(ChatQuestion)
  /// It was answered by a model, wholly or in part.
  case chatResponse(ChatOutcome)
  /// No model could be reached; the offline Alessio answered. `reasons` are the providers' failures in order.
  case chatFallback(topic: Topic, reasons: [String])
  /// A stream ended before its answer did.
  case chatPartial(topic: Topic, reason: PartialReason)
  /// A kept answer was given again for a repeated `Idempotency-Key`.
  case chatReplayed(topic: Topic)
  /// An answer was rated, 1 to 5, in the place of `previous`. The comment's words stay with the answer.
  case feedback(rating: Int, previous: PreviousRating?, hasComment: Bool)
  /// Older turns were folded into a conversation's summary.
  case summaryMade(SummaryOutcome)
  /// The day's budget is spent; until midnight only what costs nothing answers.
  case budgetReached(limit: Int, currency: String)
  /// A provider refused a key for good; it is set aside. `reason` is the provider failure's name, never its text.
  case providerKeyRejected(provider: String, keyNumber: Int, reason: String)

  /// A quota is used up, and more was asked for: told once a day for each user, not for each refusal.
  case quotaReached(Allowance, tier: Tier)
  /// More was asked for than fits into a minute: told once a minute for each user.
  case rateLimited(tier: Tier)

  /// A login was tried. `client` is the address, hashed with the key of the day; nil: the front end did not say.
  case login(LoginOutcome, client: String?)
  /// An account was made; `origin` says by whom.
  case accountCreated(AccountOrigin)
  case accountErased
  /// What the account pays for changed, by the unified backend or the command line.
  case tierChanged(from: Tier, to: Tier)
  /// A password was replaced; with `isReset` by the token of a mail.
  case passwordChanged(isReset: Bool)
  /// A used refresh token came again, and its session was ended.
  case refreshReplayed

  /// What a quota counts over more than a minute.
  package enum Allowance: String, CaseIterable, Sendable {
    case day, letters
  }

  package enum LoginOutcome: String, CaseIterable, Sendable {
    case succeeded
    /// Unknown address or wrong password: nobody who reads events learns which.
    case failed
    /// Refused before the password was looked at.
    case throttled
    case disabled
  }

  package enum AccountOrigin: String, CaseIterable, Sendable {
    case registration, externalIssuer = "external_issuer", serviceInterface = "service_interface"
    case commandLine = "command_line"
  }

  package enum PartialReason: String, CaseIterable, Sendable {
    case clientGone = "client_gone"
    case upstreamFailed = "upstream_failed"
  }

  /// The column `event_type`.
  package var type: String {
    switch self {
    case .chatRequest: "chat_request"
    case .chatResponse: "chat_response"
    case .chatFallback: "chat_fallback"
    case .chatPartial: "chat_partial"
    case .chatReplayed: "chat_replayed"
    case .feedback: "feedback"
    case .summaryMade: "summary_made"
    case .budgetReached: "budget_reached"
    case .providerKeyRejected: "provider_key_rejected"
    case .quotaReached: "quota_reached"
    case .rateLimited: "rate_limited"
    case .login: "login"
    case .accountCreated: "account_created"
    case .accountErased: "account_erased"
    case .tierChanged(_, let to): to == .premium ? "tier_upgrade" : "tier_downgrade"
    case .passwordChanged: "password_changed"
    case .refreshReplayed: "refresh_replayed"
    }
  }

  /// The column `metadata`. Unknown numbers are left out, never 0; money is in micro-units of `currency`.
  package var metadata: [String: EventValue] {
    switch self {
    case .chatRequest(let question): question.metadata
    case .chatResponse(let outcome): outcome.metadata
    case .chatFallback(let topic, let reasons): ["topic": .text(topic.rawValue), "reasons": .list(reasons)]
    case .chatPartial(let topic, let reason): ["topic": .text(topic.rawValue), "reason": .text(reason.rawValue)]
    case .chatReplayed(let topic): ["topic": .text(topic.rawValue)]
    case .feedback(let rating, let previous, let hasComment):
      known([
        "rating": .number(rating), "previous": previous.map { .number($0.rating) },
        "previous_at": previous.map { .number($0.milliseconds) }, "has_comment": .flag(hasComment),
      ])
    case .summaryMade(let outcome): outcome.metadata
    case .budgetReached(let limit, let currency): ["limit_micro": .number(limit), "currency": .text(currency)]
    case .providerKeyRejected(let provider, let keyNumber, let reason):
      ["provider": .text(provider), "key_number": .number(keyNumber), "reason": .text(reason)]
    case .quotaReached(let allowance, let tier):
      ["limit": .text(allowance.rawValue), "tier": .text(tier.rawValue)]
    case .rateLimited(let tier): ["tier": .text(tier.rawValue)]
    case .login(let outcome, let client):
      known(["outcome": .text(outcome.rawValue), "client": client.map(EventValue.text)])
    case .accountCreated(let origin): ["origin": .text(origin.rawValue)]
    case .accountErased, .refreshReplayed: [:]
    case .tierChanged(let from, let to): ["from": .text(from.rawValue), "to": .text(to.rawValue)]
    case .passwordChanged(let isReset): ["reset": .flag(isReset)]
    }
  }
}

/// The rating that a new one replaces, and when it was given: milliseconds since 1970.
package struct PreviousRating: Equatable, Sendable {
  package var rating: Int
  package var milliseconds: Int

  package init(rating: Int, milliseconds: Int) {
    self.rating = rating
    self.milliseconds = milliseconds
  }
}

/// A value of an event's metadata.
package enum EventValue: Equatable, Sendable {
  case text(String)
  case number(Int)
  case decimal(Double)
  case flag(Bool)
  case list([String])
}

/// Members whose value is known.
func known(_ members: [String: EventValue?]) -> [String: EventValue] { members.compactMapValues { $0 } }
