import IrisSystem

@testable import IrisFCGI

/// Reports for the tests of what shows them.
enum StatusSample {
  static let second: Int64 = 1_000_000
  /// 2027-01-15 13:20:10 UTC.
  static let time: Int64 = 1_800_019_210 * second
  static let now: Int64 = 50_000 * second

  static func worker(
    _ process: Int32, _ state: WorkerState, since: Int64, phase: WorkerPhase = .none, route: String? = nil,
    requestID: String? = nil, pool: String = "chat"
  ) -> WorkerView {
    WorkerView(
      pool: pool, process: process, state: state, phase: phase, route: route, requestID: requestID, since: now - since,
      phaseSince: now - since / 2, startedAt: now - 3_723 * second, served: 12, residentBytes: 9 << 20,
      privateBytes: 2_202_010)
  }

  static func source() throws -> FileStatus.Identity { try Files.status(of: "/").identity }

  /// No pool, no worker, nothing known.
  static func empty() throws -> StatusReport {
    StatusReport(time: time, now: now, host: "web1", source: try source())
  }

  /// A pool in trouble beside one in peace.
  static func full() throws -> StatusReport {
    var chat = PoolCounts.Line(pool: "chat")
    (chat.since, chat.starts, chat.accepted, chat.slow, chat.longestQueue) = (time / 1_000 - 10_000, 3, 41, 2, 5)
    (chat.times.counts[1], chat.times.sum) = (40, 60_000)
    (chat.waits.counts[0], chat.waits.sum) = (40, 4_000)
    let api = PoolCounts.Line(pool: "api", starts: 1, since: time / 1_000 - 9_000)
    var report = try empty()
    report.pools = [
      .init(
        counts: api, workers: [worker(3, .starting, since: 0, pool: "api")],
        queue: ListenQueue(waiting: 0, backlog: 1_024)),
      .init(
        counts: chat,
        workers: [
          worker(11, .idle, since: 400_000), worker(12, .busy, since: 200_000, phase: .sending),
          worker(
            13, .busy, since: 31 * second, phase: .model, route: "/api/v1/chat",
            requestID: "0123456789abcdef0123456789abcdef"),
        ], killed: 1, queue: ListenQueue(waiting: 7, backlog: 10)),
    ]
    report.models = [
      .init(provider: "gemini", model: "m1", key: 1),
      .init(
        provider: "gemini", model: "m1", key: 2,
        obstacle: SetAside(level: .key, reason: .keyRejected, until: time / 1_000 + 90_000)),
      .init(
        provider: "backup", model: "m2", key: nil,
        obstacle: SetAside(level: .provider, reason: .unreachable, until: time / 1_000 + 500, isBeingTried: true)),
    ]
    report.database = .down(reason: "silent", isPaused: true)
    report.readsReplica = false
    report.spool = Spool.Depth(records: 12, bytes: 34_816, oldestAgeSeconds: 300, damagedFiles: 1)
    report.spoolCounts = .init(appended: 20, replayed: 8, lost: 0)
    report.budget = .init(currency: "EUR", limit: 5_000_000, isReached: false, spent: 1_250_000)
    report.notes = ["a note"]
    return report
  }
}
