import IrisDomain

/// Why something behind a route is not asked for a while. The raw values stand in the scoreboard: they keep their meaning.
enum SetAsideReason: UInt8, CaseIterable, Sendable {
  case rateLimited = 1
  case rateLimitedDay = 2
  case modelGone = 3
  case keyRejected = 4
  case forbidden = 5
  case creditExhausted = 6
  case overloaded = 7
  case serverError = 8
  case timedOut = 9
  case interrupted = 10
  case badAnswer = 11
  case unreachable = 12
  case refused = 13

  /// What is counted together as "in a row".
  enum Family: Sendable {
    case quota, gone, key, fault, reach
  }

  var family: Family {
    switch self {
    case .rateLimited, .rateLimitedDay: .quota
    case .modelGone: .gone
    case .keyRejected, .forbidden, .creditExhausted: .key
    case .overloaded, .serverError, .timedOut, .interrupted, .badAnswer: .fault
    case .unreachable, .refused: .reach
    }
  }

  /// It may be over with the next call; the others stay until somebody acts or a clock comes round.
  var isPassing: Bool { family == .fault || family == .reach }

  /// The longest that it keeps workers from asking, in milliseconds.
  var longestPause: Int64 {
    switch self {
    // From midnight to midnight, on the day of 25 hours, and a margin.
    case .rateLimitedDay: 26 * 3_600_000
    case .modelGone, .keyRejected, .forbidden, .creditExhausted: 6 * 3_600_000
    case .rateLimited: 3_600_000
    case .overloaded, .serverError, .timedOut, .interrupted, .badAnswer: 60_000
    case .unreachable, .refused: 30_000
    }
  }

  /// One lower-case word for logs, events and metric labels.
  var logWord: String {
    switch self {
    case .rateLimited: "rate_limited"
    case .rateLimitedDay: "rate_limited_day"
    case .modelGone: "model_gone"
    case .keyRejected: "key_rejected"
    case .forbidden: "forbidden"
    case .creditExhausted: "credit_exhausted"
    case .overloaded: "overloaded"
    case .serverError: "server_error"
    case .timedOut: "timed_out"
    case .interrupted: "interrupted"
    case .badAnswer: "bad_answer"
    case .unreachable: "unreachable"
    case .refused: "refused"
    }
  }
}

/// What a failure means for the chats that follow: which of a route's scopes it speaks of, from how many in a row that
/// scope is set aside, and for how long.
struct SetAsideRule: Equatable, Sendable {
  enum Length: Equatable, Sendable {
    /// Milliseconds: the first, doubled with each further failure in a row up to the reason's longest.
    case doubling(Int64)
    case untilPacificMidnight
  }

  let level: RouteScopes.Level
  let reason: SetAsideReason
  let threshold: Int
  let length: Length
  /// Somebody has to do something, or it stays so.
  let raisesAlert: Bool

  /// Where a provider names no delay for a quota per minute.
  static let usualQuotaPause: Int64 = 30_000
  /// Google counts by its own clock: a try just after midnight by ours, if refused, would cost the whole next day.
  static let midnightMargin: Int64 = 60_000

  private static let second: Int64 = 1_000
  private static let minute: Int64 = 60_000

  /// When the scope is tried again, in Unix milliseconds; nil: it is not set aside yet.
  /// - Parameter count: failures in a row, this one included.
  func end(count: Int, now: Int64) -> Int64? {
    guard count >= threshold else { return nil }
    switch length {
    case .doubling(let first): return now + min(reason.longestPause, first << Int64(min(count - threshold, 16)))
    case .untilPacificMidnight:
      return PacificTime.nextMidnight(after: now - Self.midnightMargin) + Self.midnightMargin
    }
  }
}

extension SetAsideRule {
  /// nil: the failure says nothing about the route, as it is the request's own or nobody waits any more.
  init?(_ failure: ProviderFailure) {
    switch failure {
    case .clientGone, .badRequest: return nil
    case .rateLimited(_, perDay: true):
      self.init(.pair, .rateLimitedDay, length: .untilPacificMidnight)
    case .rateLimited(let asked, perDay: false):
      let pause =
        asked.map { min(max(Int64($0), Self.second), SetAsideReason.rateLimited.longestPause) } ?? Self.usualQuotaPause
      self.init(.pair, .rateLimited, length: .doubling(pause))
    case .modelGone:
      self.init(.model, .modelGone, length: .doubling(10 * Self.minute), raisesAlert: true)
    case .keyRejected: self.init(key: .keyRejected)
    case .forbidden: self.init(key: .forbidden)
    case .creditExhausted: self.init(key: .creditExhausted)
    case .overloaded: self.init(fault: .overloaded)
    case .transient: self.init(fault: .serverError)
    case .timedOut: self.init(fault: .timedOut)
    case .empty, .malformed, .unfinished, .tooLarge: self.init(fault: .badAnswer, threshold: 3)
    // One address of the server may break connections, and the pair's next call may go to another.
    case .unreachable(.interruption): self.init(fault: .interrupted, level: .pair)
    case .unreachable: self.init(reach: .unreachable)
    // Said of the server as a whole, but perhaps by something that stands between.
    case .configuration, .cancelled, .unexpected: self.init(reach: .refused, threshold: 2)
    }
  }

  private init(
    _ level: RouteScopes.Level, _ reason: SetAsideReason, threshold: Int = 1, length: Length, raisesAlert: Bool = false
  ) {
    self.init(level: level, reason: reason, threshold: threshold, length: length, raisesAlert: raisesAlert)
  }

  private init(key reason: SetAsideReason) {
    self.init(.key, reason, length: .doubling(15 * Self.minute), raisesAlert: true)
  }

  /// One failure happens; two in a row, or three that only one prompt may have caused, are a state.
  private init(fault reason: SetAsideReason, level: RouteScopes.Level = .model, threshold: Int = 2) {
    self.init(level, reason, threshold: threshold, length: .doubling(2 * Self.second))
  }

  private init(reach reason: SetAsideReason, threshold: Int = 1) {
    self.init(.provider, reason, threshold: threshold, length: .doubling(Self.second))
  }
}
