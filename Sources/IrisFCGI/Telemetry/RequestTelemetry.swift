import IrisDomain
import IrisSystem

/// What a worker shows of itself and of each request in the scoreboard.
extension Scoreboard {
  /// A worker begins.
  func enter(_ pool: PoolCounts.Pool = .own, at now: Int64 = Clock.monotonicMicroseconds) {
    pools.started(in: pool)
    if !workers.enter(pool: pool.name, at: now) {
      // Slots of the dead fill up only where nobody reads `/metrics`.
      bury(at: now)
      workers.enter(pool: pool.name, at: now)
    }
  }

  /// Counts workers that were killed, and frees their slots. Whoever comes first tells the log what they did: they
  /// cannot, and whoever killed them (the watchdog, the kernel for want of memory) knows of no request.
  func bury(log: Log? = nil, at now: Int64 = Clock.monotonicMicroseconds) {
    for lost in workers.reclaim(at: now) {
      pools.crashed(in: PoolCounts.Pool(lost.pool))
      log.map { lost.tellDeath(to: $0, at: now) }
    }
  }

  /// Counts a request whose answer is ready: before it goes out, so that whoever has an answer finds it counted.
  /// - Parameter start: when the worker took it, in microseconds of the monotonic clock.
  func count(
    _ request: Request, _ handled: Router.Handled, since start: Int64, in pool: PoolCounts.Pool = .own
  ) {
    // The router gives no route with a 405, but there is one.
    let route = handled.route ?? Route.match(request.path)?.routes.first
    let time = Clock.monotonicMicroseconds - start
    requests.count(route: route?.path ?? RouteMark.none, status: handled.response.status, microseconds: time)
    pools.worked(microseconds: time, in: pool)
    if let waited = request.queueMilliseconds { pools.waited(milliseconds: waited, in: pool) }
    if handled.response.status == 429 { refusals(handled.response.code)?.increment() }
  }

  /// Where a refusal by a quota is counted; nil for those of another kind.
  private func refusals(_ code: String?) -> SharedWord? {
    switch code {
    case Problem.Kind.dailyQuotaExceeded.rawValue: dayRefusals
    case Problem.Kind.rateLimited.rawValue: minuteRefusals
    case "letter_quota_exceeded": letterRefusals
    default: nil
    }
  }

  /// Counts an answer of Alessio, whole or broken off, and what it cost.
  func count(_ reply: ChatReply) {
    tallies.add(reply.tally)
    if reply.ground.isWithoutDatabase { tallies.add(.chatsWithoutDatabase) }
    tallies.add(.spend, reply.expense.spend)
    tallies.set(.budgetReached, reply.ground.overBudget ? 1 : 0)
  }
}

extension ChatReply {
  fileprivate var tally: Tallies.Name {
    guard partial == nil else { return .chatPartial }
    return switch answer.finish {
    case .complete: .chatComplete
    case .truncated: .chatTruncated
    case .blocked: .chatBlocked
    case .fallback: .chatFallback
    }
  }
}

extension WorkerView {
  /// A line about a worker that was killed. `ms` ends when it was found: a restart later than its death, or more.
  fileprivate func tellDeath(to log: Log, at now: Int64) {
    var members: [(String, Log.Value)] = [("pool", .text(pool)), ("process", .number(Int(process)))]
    guard state == .busy else {
      return log.write(.warning, "a worker was killed between two requests", members)
    }
    if let requestID { members.append(("id", .text(requestID))) }
    if let route { members.append(("route", .text(route))) }
    members += [("phase", .text("\(phase)")), ("ms", .decimal(Router.milliseconds(now - since)))]
    log.write(.error, "a worker was killed in the middle of a request", members)
  }
}
