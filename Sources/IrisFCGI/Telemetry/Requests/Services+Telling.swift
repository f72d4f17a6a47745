import IrisDomain
import IrisSystem

/// What is told of requests that settle no turn. Nobody waits for it, and what a client can repeat at will is told rarely.
extension Services {
  /// A user is told of once in so long, for each kind: seconds.
  private static let minute: Int64 = 60

  /// Notes that a limit refused a message. One user's refusals leave an event a day, and one a minute.
  func tellRefusal(_ kind: Problem.Kind, tier: Tier, of user: String, quota: QuotaState, requestID: String) {
    switch kind {
    case .dailyQuotaExceeded:
      // While answers are being written the day is full, but one of them may yet cost nothing.
      guard let limit = quota.dayLimit, quota.dayUsed >= limit else { return }
      tell(
        .quotaReached(.day, tier: tier), of: user, quietSeconds: Int64(quota.dayResetSeconds), requestID: requestID)
    case .rateLimited: tell(.rateLimited(tier: tier), of: user, quietSeconds: Self.minute, requestID: requestID)
    default: break
    }
  }

  private func tell(_ event: Event, of user: String, quietSeconds: Int64, requestID: String) {
    let identity = ToldLately.Identity("event", event.type, user)
    guard scoreboard.toldLately.note(identity, quietSeconds: quietSeconds, now: Call.now) != nil else { return }
    afterwards(canBeSkipped: false) { [unowned self] in
      guard let row = try? pseudonyms.row(event, user: user) else { return }
      happened(events: JSONBytes([row]).text, requestID: requestID)
    }
  }

  /// Notes a failure of our own that a user met.
  func tell(_ fault: Fault.Processing, route: String?, requestID: String) {
    tell(["processing", fault.reason, route ?? ""], requestID: requestID) { count in
      .processing(fault, Fault.Occurrence(route: route, count: count))
    }
  }

  /// Notes credentials that were refused.
  func tell(_ fault: Fault.Authentication, requestID: String) {
    tell(["authentication", fault.rawValue], requestID: requestID) { count in
      .authentication(fault, Fault.Occurrence(count: count))
    }
  }

  private func tell(_ names: [String], requestID: String, _ fault: (_ count: Int) -> Fault) {
    let identity = ToldLately.Identity("fault", names.joined(separator: "\0"))
    guard let count = scoreboard.toldLately.note(identity, quietSeconds: Self.minute, now: Call.now) else { return }
    let told = fault(count)
    afterwards(canBeSkipped: false) { [unowned self] in
      guard let row = try? pseudonyms.row(told, requestID: requestID) else { return }
      happened(errors: JSONBytes([row]).text, requestID: requestID)
    }
  }
}
