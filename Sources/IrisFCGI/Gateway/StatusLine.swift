import IrisSystem

/// What `systemctl status` shows of this worker (sd_notify(3), `STATUS=`): what it does, what it has done, its memory.
///
/// Told at most once a second, because each telling is a datagram and wakes the service manager. A worker is called idle
/// only when it has rested for so long, so one that hangs never stands there as idle: its request changed that line.
final class StatusLine {
  /// Microseconds between two tellings.
  static let pause: Int64 = 1_000_000

  /// nil: nobody listens.
  private let send: ((String) -> Void)?
  private let workers: WorkerSlots
  /// Microseconds of the monotonic clock, here and below.
  private var toldAt: Int64 = .min
  private var restsSince: Int64?
  private var saysIdle = false

  convenience init(_ notification: ServiceNotification, workers: WorkerSlots) {
    self.init(workers: workers, send: notification.isHeard ? { notification.send($0) } : nil)
  }

  init(workers: WorkerSlots, send: ((String) -> Void)?) {
    self.workers = workers
    self.send = send
    guard send != nil else { return }
    workers.setFollower { [weak self] now in self?.works(at: now) }
  }

  /// The worker is ready, and idle.
  func begin(at now: Int64) { tell("READY=1\n", at: now) }

  /// The worker waits for the next request.
  func rests(at now: Int64) { restsSince = now }

  /// Nothing came for a while.
  func look(at now: Int64) {
    guard let restsSince, !saysIdle, now - restsSince >= Self.pause else { return }
    tell(at: now)
  }

  /// Milliseconds after which an idle worker should come back to say so; nil: it did.
  func waitMilliseconds(at now: Int64) -> Int? {
    guard send != nil, !saysIdle, let restsSince else { return nil }
    return Int(max(1, (restsSince + Self.pause - now + 999) / 1_000))
  }

  func end() { send?("STOPPING=1\nSTATUS=ending") }

  private func works(at now: Int64) {
    restsSince = nil
    guard saysIdle || toldAt == .min || now - toldAt >= Self.pause else { return }
    tell(at: now)
  }

  private func tell(_ before: String = "", at now: Int64) {
    guard let send else { return }
    toldAt = now
    saysIdle = restsSince != nil
    let text = workers.mine.map { Self.text($0, at: now, realtime: Clock.realtimeMicroseconds) }
    send(before + (text.map { "STATUS=\($0)" } ?? ""))
  }

  /// One line, such as `idle, 1234 requests, 2.1 MiB`.
  /// - Parameters:
  ///   - now: microseconds of the monotonic clock.
  ///   - realtime: the same moment, in Unix microseconds.
  static func text(_ worker: WorkerView, at now: Int64, realtime: Int64) -> String {
    var parts = [worker.state.word]
    if worker.state == .busy {
      let since = Timestamp.rfc3339(microseconds: realtime - max(0, now - worker.since))
      parts = ["busy since \(since.dropFirst(11).prefix(8)) UTC"]
      if let route = worker.route { parts[0] += " with \(route)" }
      parts[0] += " (\(worker.phase.word))"
    }
    parts.append(worker.served == 1 ? "1 request" : "\(worker.served) requests")
    if worker.privateBytes > 0 { parts.append(Quantity.bytes(worker.privateBytes)) }
    return parts.joined(separator: ", ")
  }
}
