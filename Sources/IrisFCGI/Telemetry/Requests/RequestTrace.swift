import IrisDomain
import IrisSystem

/// What the log tells of a request beside what its answer shows; noted on its way.
struct RequestTrace {
  /// What became of a request that was answered by what it was for.
  enum Answered: String {
    /// The offline Alessio answered.
    case fallback
    /// The model's safety withheld the answer.
    case blocked
    /// The answer of an earlier request with the same Idempotency-Key.
    case replayed
    /// The answer that the same question got before.
    case cached
    /// A model's answer without the database: no history, no profile.
    case degraded
  }

  /// As it is now; the token's may be older.
  var tier: Tier?
  /// nil: nothing special.
  var answered: Answered?
  /// Who answered, wholly or in part, by the names of the configuration.
  var provider: String?
  var model: String?
  /// Microseconds in which the prompt was made.
  var promptMicroseconds: Int64 = 0
  /// Of the attempts at models together.
  var transfers = TransferTimes()

  mutating func note(_ outcome: ProviderChain.Outcome) {
    switch outcome {
    case .answered(_, let model, let attempts), .broken(_, let model, let attempts),
      .clientGone(let model?, let attempts):
      provider = attempts.last?.provider
      self.model = model
    case .exhausted, .clientGone: break
    }
  }

  mutating func note(_ transfer: TransferTimes) {
    transfers.connectMicroseconds += transfer.connectMicroseconds
    transfers.firstByteMicroseconds += transfer.firstByteMicroseconds
  }

  mutating func note(_ reply: ChatReply) {
    tier = reply.ground.tier
    switch reply.answer.finish {
    case .fallback: answered = .fallback
    case .blocked: answered = .blocked
    case .complete, .truncated:
      if reply.isCached { answered = .cached } else if reply.ground.isWithoutDatabase { answered = .degraded }
    }
    if reply.isCached { model = reply.cachedModel }
  }
}
