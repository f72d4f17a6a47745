import IrisDomain
import IrisSystem

/// What became of one attempt to deliver a notice. The reasons are closed words and numbers, never a server's own text,
/// which likes to repeat addresses.
enum Delivery: Equatable {
  /// It arrived; or there was nothing to tell any more.
  case delivered
  /// It may arrive later.
  /// - afterSeconds: what the receiver asks for.
  /// - isReceiverDown: whether others of its kind would fare no better now.
  case postponed(reason: String, afterSeconds: Int? = nil, isReceiverDown: Bool)
  /// It never will.
  case dropped(reason: String)
}

/// Sends what is due in the outbox, one notice after the other, with no transaction held while a receiver is waited for.
///
/// At least once: a worker that dies between the receiver's word and the database's leaves a notice that is sent again when
/// its lease ends. A receiver that is down gets one attempt a run, so that the rest of the outbox goes on.
struct OutboxDrain {
  /// What a run did, in notices.
  struct Report: Equatable {
    var delivered = 0
    var postponed = 0
    var dropped = 0

    /// Whether nothing at all was due.
    var isEmpty: Bool { self == Report() }
  }

  let store: OutboxStore
  let log: Log
  /// Microseconds of the monotonic clock.
  var now: () -> Int64 = { Clock.monotonicMicroseconds }
  /// 0 to 1.
  var random: () -> Double = OutboxDrain.anyFraction
  /// Asked before each notice; false leaves the rest for another run.
  var goesOn: () -> Bool = { true }
  /// Hands a notice over within so many milliseconds.
  let deliver: (OutboxStore.Claim, _ milliseconds: Int) -> Delivery

  /// Sends up to `limit` notices, and begins none that could not be sent until `deadline` (microseconds of the monotonic
  /// clock). Mails come first: people wait for them, and a backend that is slow or has missed a lot holds none up.
  func run(limit: Int, until deadline: Int64) throws(StoreError) -> Report {
    var report = Report()
    var kinds: [Notice.Kind] = [.mail, .webhook]
    for _ in 0..<limit {
      let left = (deadline - now()) / 1_000
      guard !kinds.isEmpty, goesOn(), left >= DeliveryRules.shortestAttemptMilliseconds,
        let notice = try next(&kinds)
      else { break }
      switch deliver(notice, Int(min(left, DeliveryRules.attemptMilliseconds))) {
      case .delivered:
        try store.settle(notice)
        report.delivered += 1
        tell(.info, "a notice was delivered", notice)
      case .dropped(let reason):
        try store.settle(notice, error: reason)
        report.dropped += 1
        tell(.error, "a notice was given up", notice, reason)
      case .postponed(let reason, let afterSeconds, let isReceiverDown):
        let pause = DeliveryRules.pauseSeconds(
          afterAttempt: notice.attempt, retryAfter: afterSeconds, random: random())
        try store.postpone(notice, seconds: pause, error: reason)
        report.postponed += 1
        if isReceiverDown { kinds.removeFirst() }
        tell(.warning, "a notice could not be delivered and is tried again", notice, reason, pause)
      }
    }
    return report
  }

  /// Takes a notice of the first of the kinds that has one due, and leaves away those before it.
  private func next(_ kinds: inout [Notice.Kind]) throws(StoreError) -> OutboxStore.Claim? {
    while let kind = kinds.first {
      if let notice = try store.claim([kind], leaseSeconds: DeliveryRules.leaseSeconds) { return notice }
      kinds.removeFirst()
    }
    return nil
  }

  private func tell(
    _ level: LogLevel, _ message: String, _ notice: OutboxStore.Claim, _ reason: String? = nil, _ pause: Int? = nil
  ) {
    var members: [(String, Log.Value)] = [
      ("notice", .text(notice.id)), ("kind", .text(notice.kind.rawValue)), ("topic", .text(notice.topic)),
      ("attempt", .number(notice.attempt)),
    ]
    if let reason { members.append(("reason", .text(reason))) }
    if let pause { members.append(("retry_s", .number(pause))) }
    log.write(level, message, members)
  }

  private static func anyFraction() -> Double {
    guard let byte = try? Random.bytes(1).first else { return 0.5 }
    return Double(byte) / 255
  }
}
