import IrisDomain
import IrisSystem

/// Whether a question may be answered, and on what ground: SQL call 1, or what this host knows while there is no database.
struct ChatAdmission {
  let call: Call
  let question: ChatStore.Question

  /// Seconds after which a limit that only the spool's turns fill is looked at again: they are brought back within two.
  private static let replaySeconds = 5

  private var quotas: LocalQuotas { call.services.scoreboard.localQuotas }
  private var lapseSeconds: Int { call.configuration.chat.deadlineSeconds + QuotaRules.reservationGraceSeconds }

  /// - Throws: `StoreError.unavailable` when neither can tell.
  func begin() throws -> ChatStore.Beginning {
    if let known = try knownRepeat() { return known }
    let tier = try call.claims().tier
    let isLimited = call.configuration.limits[tier].isLimited
    // Counted before the database is asked, so that a chat beside this one, which does not get there, knows of it.
    let place =
      isLimited ? quotas.enter(question.user, lapseSeconds: lapseSeconds, now: Clock.realtimeMilliseconds) : nil
    do {
      return reconcile(try askDatabase(), place)
    } catch StoreError.unavailable where !call.services.database.isMisfit {
      return try admit(place, tier)
    } catch {
      if let place { quotas.settle(place, .free, now: Clock.realtimeMilliseconds) }
      throw error
    }
  }

  /// SQL call 1; once more when it finds that the worker which works on the same request has died.
  private func askDatabase() throws -> ChatStore.Beginning {
    let configuration = call.configuration
    func ask(_ question: ChatStore.Question) throws -> ChatStore.Beginning {
      try call.services.chats.begin(
        question, limits: configuration.limits, lapseSeconds: lapseSeconds, budget: configuration.dailyBudget)
    }
    let beginning = try ask(question)
    guard case .inProgress(let turn, let worker, _) = beginning, ProcessIdentity(worker)?.standing == .ended else {
      return beginning
    }
    var heir = question
    heir.takeover = turn
    return try ask(heir)
  }
}

/// The database answered.
extension ChatAdmission {
  /// Joins what the database counted and what it was not told yet.
  private func reconcile(_ beginning: ChatStore.Beginning, _ place: LocalQuotas.Place?) -> ChatStore.Beginning {
    guard let place else { return beginning }
    let now = Clock.realtimeMilliseconds
    switch beginning {
    case .reserved(var ground):
      if let limited = excess(ground, place, spendsDay: true) { return limited }
      quotas.told(ground.quota, of: place, isLetThrough: true, now: now)
      ground.place = place
      return .reserved(ground)
    case .cached(let answer, let ground):
      if let limited = excess(ground, place, spendsDay: false) { return limited }
      quotas.told(ground.quota, of: place, isLetThrough: true, now: now)
      quotas.settle(place, .free, now: now)
      return .cached(answer, ground)
    case .limited(_, _, let quota, _):
      quotas.told(quota, of: place, isLetThrough: false, now: now)
      quotas.settle(place, .free, now: now)
    case .replayed, .inProgress, .mismatched, .refused: quotas.settle(place, .free, now: now)
    }
    return beginning
  }

  /// The refusal of a message that only passed because the database does not know of others of this host; it is taken back.
  private func excess(
    _ ground: ChatStore.Ground, _ place: LocalQuotas.Place, spendsDay: Bool
  ) -> ChatStore.Beginning? {
    let now = Clock.realtimeMilliseconds
    var quota = ground.quota
    let inMinute = quotas.unknownInMinute(place, now: now)
    let kind: Problem.Kind
    if spendsDay, place.unknown > 0, let limit = quota.dayLimit,
      quota.dayUsed + quota.dayReserved + place.unknown > limit
    {
      kind = .dailyQuotaExceeded
    } else if inMinute > 0, let limit = quota.minuteLimit, quota.minuteUsed + inMinute > limit {
      kind = .rateLimited
    } else {
      return nil
    }
    try? call.services.chats.abandon(question)
    quotas.settle(place, .free, now: now)
    // It does not count itself any more.
    if spendsDay { quota.dayReserved = max(0, quota.dayReserved - 1) + place.unknown }
    quota.minuteUsed += inMinute
    return .limited(kind, ground.tier, quota, retryAfter: Self.replaySeconds)
  }
}

/// The database is away.
extension ChatAdmission {
  /// Lets the message through on what the token and this host's counts say: no history, no profile, no cache.
  private func admit(_ place: LocalQuotas.Place?, _ tier: Tier) throws -> ChatStore.Beginning {
    let now = Clock.realtimeMilliseconds
    let limits = call.configuration.limits[tier]
    guard limits.isLimited else { return try admitted(nil, tier, quotas.unlimited(now: now)) }
    // Counts of one worker alone are not the host's, and who cannot be counted is not let through.
    guard let place, call.services.scoreboard.obstacle == nil else { throw StoreError.unavailable }
    switch quotas.admit(place, limits, now: now) {
    case .admitted(let own, let quota): return try admitted(own, tier, quota)
    case .limited(.day, let quota, let retryAfter):
      return .limited(.dailyQuotaExceeded, tier, quota, retryAfter: retryAfter)
    case .limited(.minute, let quota, let retryAfter):
      return .limited(.rateLimited, tier, quota, retryAfter: retryAfter)
    }
  }

  private func admitted(_ place: LocalQuotas.Place?, _ tier: Tier, _ quota: QuotaState) throws -> ChatStore.Beginning {
    if let key = question.idempotency {
      let isFirst = quotas.keys.claim(key, of: question.user, seconds: lapseSeconds, now: Call.now)
      guard isFirst else {
        if let place { quotas.settle(place, .free, now: Clock.realtimeMilliseconds) }
        if let known = try knownRepeat() { return known }
        throw StoreError.unavailable
      }
    }
    let isSpent = call.configuration.dailyBudget != nil && call.services.scoreboard.isBudgetTold(dayEnd: quota.resetsAt)
    var ground = ChatStore.Ground(withoutDatabaseAs: tier, quota: quota, overBudget: isSpent)
    ground.place = place
    return .reserved(ground)
  }

  /// What this host alone knows of a repeat, also when the database is back but was not brought the answer yet: asked
  /// afresh, the request would take the answer's place.
  /// - Throws: `StoreError.unavailable` when the answer is in the spool, from where nobody can read it.
  private func knownRepeat() throws -> ChatStore.Beginning? {
    guard let key = question.idempotency else { return nil }
    switch quotas.keys.standing(key, of: question.user, now: Call.now) {
    case .unknown: return nil
    case .running(let seconds): return .inProgress(turn: "", worker: "", retryAfter: seconds)
    case .answered: throw StoreError.unavailable
    case .mismatched: return .mismatched
    }
  }
}

extension TierLimits {
  /// Whether any number of messages is counted.
  fileprivate var isLimited: Bool { messagesPerDay != nil || messagesPerMinute != nil }
}
