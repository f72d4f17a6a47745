/// What one tier may do (`IRIS_LIMITS`); nil is no limit.
package struct TierLimits: Equatable, Sendable {
  package var messagesPerDay: Int?
  package var messagesPerMinute: Int?
  package var lettersPerMonth: Int?

  package init(messagesPerDay: Int?, messagesPerMinute: Int?, lettersPerMonth: Int?) {
    self.messagesPerDay = messagesPerDay
    self.messagesPerMinute = messagesPerMinute
    self.lettersPerMonth = lettersPerMonth
  }
}

/// The limits of both tiers.
package struct Limits: Equatable, Sendable {
  package var free: TierLimits
  package var premium: TierLimits

  package init(free: TierLimits, premium: TierLimits) {
    self.free = free
    self.premium = premium
  }

  package subscript(tier: Tier) -> TierLimits {
    switch tier {
    case .free: free
    case .premium: premium
    }
  }
}

/// The fixed numbers around quotas and memory.
package enum QuotaRules {
  /// A reservation lapses so many seconds after the last moment at which a chat can still be answered.
  package static let reservationGraceSeconds = 15
  /// Answers withheld by the model's safety that are free each day.
  package static let freeBlockedAnswers = 5
  /// Turns that a free conversation remembers.
  package static let freeTurns = 4
  /// Turns read for a premium conversation; the token budget decides how many of them enter the prompt.
  package static let premiumTurns = 200
}
