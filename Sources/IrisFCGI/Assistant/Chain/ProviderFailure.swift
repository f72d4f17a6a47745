/// Why one attempt at a model brought no answer, in words that fit every provider.
///
/// No case carries text from upstream: an error body can echo the key (Google's `DebugInfo` does), and these values
/// end up in logs, events and metrics. Numbers and the closed words below are all that is kept.
enum ProviderFailure: Error, Hashable, Sendable {
  /// The provider refuses this request, whichever key or model carries it.
  case badRequest
  /// The key is unknown, malformed, expired or of a kind the provider no longer takes.
  case keyRejected
  /// The key is known, but its project may not use the service: not enabled, no billing, or the key was reported leaked.
  case forbidden
  /// The provider does not serve this host at all, for instance because of its region.
  case configuration
  /// The prepaid credit of the key's project is used up.
  case creditExhausted
  /// The model does not exist, or not for this account.
  case modelGone
  /// A quota of this key for this model is used up. The delay is what the provider asks for, nil where it names none;
  /// with `perDay` it means little, because the quota comes back at the provider's midnight only.
  case rateLimited(retryAfterMilliseconds: Int?, perDay: Bool)
  /// The model is in high demand (HTTP 503).
  case overloaded
  /// A fault on the provider's side that usually passes (408, 500, 502, 504 …).
  case transient(status: Int)
  /// The provider says that the call was cancelled (499) although nobody here cancelled it.
  case cancelled
  /// An HTTP status that the provider does not document, such as a redirect: probably not the provider answering.
  case unexpected(status: Int)
  /// The time given to the attempt ran out.
  case timedOut
  /// No whole answer came over the network.
  case unreachable(Obstacle)
  /// The answer is larger than any real answer.
  case tooLarge
  /// A well-formed answer without any text to show.
  case empty
  /// The answer is not what the provider documents.
  case malformed
  /// There is text, but the model did not end it in a way that makes it an answer.
  case unfinished(Ending)
  /// The person who asked has left; nobody waits for an answer.
  case clientGone

  /// What stood between this host and the provider.
  enum Obstacle: String, Hashable, Sendable {
    case address, name, connection, certificate, interruption
  }

  /// How the text ended, where that is neither completion, nor the length limit, nor a safety block.
  enum Ending: String, Hashable, Sendable {
    /// The provider gave no reason, which means that the model had not stopped.
    case absent
    /// The model attempted to call a tool; Iris offers none.
    case toolCall = "tool_call"
    /// The model produced something that the provider could not use.
    case malformed
    /// A documented reason that says no more.
    case other
    /// A reason that is not documented.
    case unknown
  }
}

extension ProviderFailure {
  /// What may still help after a failure, from the widest consequence to the narrowest.
  enum Remedy: Hashable, Sendable {
    /// Nobody waits any more: make no further attempt anywhere.
    case stop
    /// No other key or model of this provider will do better.
    case leaveProvider
    /// This key is of no use for any model of this provider.
    case dropKey
    /// This model is of no use with any key.
    case nextModel
    /// Only this pair of model and key is of no use for now: quotas are counted per project and model.
    case nextKey
    /// The same attempt may succeed a moment later; the second time, go to the next model.
    case retryOnce
  }

  /// The remedy for each failure (Google's error table for the Gemini API, "Troubleshooting guide"; the same classes
  /// hold for OpenAI-compatible servers).
  var remedy: Remedy {
    switch self {
    case .clientGone: .stop
    case .badRequest, .configuration, .cancelled, .unexpected: .leaveProvider
    case .keyRejected, .forbidden, .creditExhausted: .dropKey
    case .rateLimited: .nextKey
    case .overloaded, .transient: .retryOnce
    case .modelGone, .timedOut, .tooLarge, .empty, .malformed, .unfinished: .nextModel
    // All models of a provider stand behind one address; only a connection that broke is worth a second try.
    case .unreachable(.interruption): .retryOnce
    case .unreachable: .leaveProvider
    }
  }

  /// Whether the model had probably read the prompt when the call failed, so that it is paid for.
  var isProbablyBilled: Bool {
    switch self {
    case .empty, .unfinished, .malformed, .tooLarge, .timedOut, .clientGone, .cancelled, .unreachable(.interruption):
      true
    default: false
    }
  }

  /// Whether there was an answer, which could not be used.
  var isAnswer: Bool {
    switch self {
    case .empty, .unfinished, .malformed, .tooLarge: true
    default: false
    }
  }

  /// One lower-case word for logs, events and metric labels.
  var logWord: String {
    switch self {
    case .badRequest: "bad_request"
    case .keyRejected: "key_rejected"
    case .forbidden: "forbidden"
    case .configuration: "configuration"
    case .creditExhausted: "credit_exhausted"
    case .modelGone: "model_gone"
    case .rateLimited(_, perDay: true): "rate_limited_day"
    case .rateLimited(_, perDay: false): "rate_limited"
    case .overloaded: "overloaded"
    case .transient(let status): "transient_\(status)"
    case .cancelled: "cancelled"
    case .unexpected(let status): "unexpected_\(status)"
    case .timedOut: "timed_out"
    case .unreachable(let obstacle): "unreachable_\(obstacle.rawValue)"
    case .tooLarge: "too_large"
    case .empty: "empty"
    case .malformed: "malformed"
    case .unfinished(let ending): "unfinished_\(ending.rawValue)"
    case .clientGone: "client_gone"
    }
  }
}
