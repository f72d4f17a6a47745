import IrisDomain
import IrisSystem

/// Keeps what came of a question, before the answer's end goes out: in the database by SQL call 2, or, while that is away,
/// in the spool, from where it is brought there later.
struct TurnKeeper {
  let services: Services
  let question: ChatStore.Question
  let ground: ChatStore.Ground
  let requestID: String

  struct Kept {
    /// As the turn left it.
    let quota: QuotaState
    /// Whether the database has the turn, so that what follows from it may be stored, too.
    let isStored: Bool
  }

  func keep(_ done: ChatStore.Completion) -> Kept {
    // What was begun without the database goes the spool's way, also when that is back: only a replay looks whether the
    // conversation is the user's.
    guard !ground.isWithoutDatabase else { return spool(done) }
    do {
      return try store(done)
    } catch StoreError.unavailable {
      return spool(done)
    } catch {
      log(.error, "an answered turn was refused by the database and is lost; the user got the answer")
      return ended(done, spooled: false)
    }
  }

  /// The question came to nothing: whoever asked has left.
  func abandon() {
    settle(.free)
    guard !ground.isWithoutDatabase else {
      if let key = question.idempotency { quotas.keys.release(key.key, of: question.user) }
      return
    }
    do { try services.chats.abandon(question) } catch {
      log(.warning, "a question that came to nothing keeps its place until that lapses")
    }
  }

  private func store(_ done: ChatStore.Completion) throws -> Kept {
    var after = ground.quota
    (after.dayUsed, after.dayReserved) = try services.chats.finish(question, done)
    settle(.stored(dayUsed: after.dayUsed))
    return Kept(quota: after, isStored: true)
  }

  /// On return the turn is on the disk. The counts come first: a replay may be faster than the next line here.
  private func spool(_ done: ChatStore.Completion) -> Kept {
    let kept = ended(done, spooled: true)
    do throws(SpoolError) {
      try services.spool.append(.turn(question, done))
    } catch {
      // The spool counts and logs what it loses. The user's day stays charged with it.
      if let key = question.idempotency { quotas.keys.release(key.key, of: question.user) }
    }
    return kept
  }

  /// Settles with this host's counts alone. An answer that the safety filter withheld counts in full: how many of them are
  /// free today only the database knows, and it charges no more than that.
  private func ended(_ done: ChatStore.Completion, spooled: Bool) -> Kept {
    let isCharged = done.charge != .no
    // Without a limit of the day nobody asks how many wait.
    let counts = isCharged && ground.quota.dayLimit != nil
    settle(!counts ? .free : spooled ? .owed(turn: question.turn) : .lost)
    if let key = question.idempotency {
      if spooled, done.document != nil {
        quotas.keys.answered(key, of: question.user, seconds: IdempotencyRules.keepSeconds, now: Call.now)
      } else if ground.isWithoutDatabase {
        quotas.keys.release(key.key, of: question.user)
      }
    }
    var after = ground.quota
    after.dayReserved = max(0, after.dayReserved - 1)
    if isCharged { after.dayUsed += 1 }
    return Kept(quota: after, isStored: false)
  }

  private var quotas: LocalQuotas { services.scoreboard.localQuotas }

  private func settle(_ ending: LocalQuotas.Ending) {
    if let place = ground.place { quotas.settle(place, ending, now: Clock.realtimeMilliseconds) }
  }

  private func log(_ level: LogLevel, _ words: String) {
    services.log.write(level, words, [("id", .text(requestID)), ("turn", .text(question.turn))])
  }
}
