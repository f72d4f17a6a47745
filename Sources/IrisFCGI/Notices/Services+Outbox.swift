import IrisSystem

extension Services {
  /// The longest that a worker takes for the outbox after an answer, but for the goodbye of a mail server that hangs.
  private static let drainMicroseconds: Int64 = 6_000_000

  /// The outbox with its two kinds of receivers.
  /// - Parameter goesOn: asked before and during each attempt; false ends it.
  func outboxDrain(while goesOn: @escaping () -> Bool = { true }) -> OutboxDrain {
    OutboxDrain(store: outbox, log: log, goesOn: goesOn) { [self] notice, milliseconds in
      switch notice.kind {
      case .mail: MailDelivery(services: self, goesOn: goesOn).deliver(notice, milliseconds: milliseconds)
      case .webhook: WebhookDelivery(services: self, goesOn: goesOn).deliver(notice, milliseconds: milliseconds)
      }
    }
  }

  /// Sends up to `limit` notices that are due, until `deadline` (microseconds of the monotonic clock), unless another worker
  /// of this host does so already. Ends early when another request waits for this worker: a receiver that is slow slows no
  /// answer. Without a database nothing is sent, and the log knows why.
  @discardableResult
  func drainOutbox(limit: Int, until deadline: Int64) -> OutboxDrain.Report {
    guard scoreboard.drainTurn.take(at: Clock.monotonicMicroseconds) else { return OutboxDrain.Report() }
    defer { scoreboard.drainTurn.giveBack() }
    // A request that an idle worker takes is seen waiting for a moment, too.
    var waits = 0
    let drain = outboxDrain { [self] in
      waits = isBusy() ? waits + 1 : 0
      return waits < 2
    }
    do throws(StoreError) { return try drain.run(limit: limit, until: deadline) } catch {
      return OutboxDrain.Report()
    }
  }

  /// Sends what the request put on its way, once its answer is out and if nobody waits for this worker; what is left,
  /// `iris-fcgi maintain` sends.
  func drainOutboxAfterwards() {
    afterwards(canBeSkipped: true) { [unowned self] in
      drainOutbox(limit: 10, until: Clock.monotonicMicroseconds + Services.drainMicroseconds)
    }
  }
}

extension Call {
  /// `Services.drainOutboxAfterwards()`.
  func drainOutboxAfterwards() { services.drainOutboxAfterwards() }
}
