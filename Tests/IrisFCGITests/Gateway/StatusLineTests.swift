import IrisSystem
import Testing

@testable import IrisFCGI

struct StatusLineTests {
  private static let second: Int64 = 1_000_000

  /// A worker with its line, and what was sent.
  private final class Fixture {
    let workers = WorkerSlots(SharedWords(0..<2 * WorkerSlot.width, of: nil))
    private(set) var sent: [String] = []
    private(set) lazy var line = StatusLine(workers: workers) { [unowned self] in sent.append($0) }

    init() throws { try #require(workers.enter(pool: "chat", at: 0)) }

    func rest(at now: Int64, served: Bool = true) {
      workers.rest(at: now, served: served)
      line.rests(at: now)
    }

    /// What was sent since the last time, each up to its first comma.
    func news() -> [String] {
      defer { sent = [] }
      return sent.map { String($0.prefix { $0 != "," }) }
    }
  }

  @Test func `a worker is ready and idle, busy with its first request, and idle after a rest`() throws {
    let worker = try Fixture()
    worker.rest(at: 1, served: false)
    worker.line.begin(at: 2)
    #expect(worker.news() == ["READY=1\nSTATUS=idle"])
    #expect(worker.line.waitMilliseconds(at: 3) == nil)
    worker.workers.begin("", at: 10)
    #expect(worker.news() == [])
    worker.workers.follow(route: "/api/v1/chat", at: 11)
    #expect(worker.news().map { $0.hasSuffix("UTC with /api/v1/chat (working)") } == [true])
    worker.workers.enter(.model, at: 12)
    #expect(worker.news() == [])
    worker.workers.stillWorks(at: 11 + Self.second)
    #expect(worker.news().map { $0.hasSuffix(" with /api/v1/chat (model)") } == [true])
    worker.rest(at: 2 * Self.second)
    worker.line.look(at: 2 * Self.second + 999_999)
    #expect(worker.news() == [])
    #expect(worker.line.waitMilliseconds(at: 2 * Self.second + 400_000) == 600)
    worker.line.look(at: 3 * Self.second)
    #expect(worker.sent.map { $0.hasPrefix("STATUS=idle, 1 request, ") } == [true])
    worker.line.end()
    #expect(worker.news() == ["STATUS=idle", "STOPPING=1\nSTATUS=ending"])
  }

  @Test func `under load a line a second is told, and never that the worker is idle`() throws {
    let worker = try Fixture()
    worker.rest(at: 0, served: false)
    worker.line.begin(at: 0)
    _ = worker.news()
    for moment in stride(from: Int64(1), to: 10 * Self.second, by: 10_000) {
      worker.workers.begin("", at: moment)
      for step in [WorkerPhase.database, .model, .sending, .chores] { worker.workers.enter(step, at: moment + 1) }
      worker.rest(at: moment + 5_000)
      worker.line.look(at: moment + 5_001)
    }
    let news = worker.news()
    #expect((10...11).contains(news.count) && news.allSatisfy { $0.hasPrefix("STATUS=busy since ") }, "\(news)")
  }

  @Test func `work that is no request's changes nothing`() throws {
    let worker = try Fixture()
    worker.rest(at: 0, served: false)
    worker.line.begin(at: 0)
    _ = worker.news()
    worker.workers.enter(.database, at: 5 * Self.second)
    worker.workers.stillWorks(at: 6 * Self.second)
    #expect(worker.news() == [])
  }

  @Test func `where nobody listens nothing is done`() {
    let workers = WorkerSlots(SharedWords(0..<2 * WorkerSlot.width, of: nil))
    let line = StatusLine(workers: workers, send: nil)
    line.rests(at: 0)
    line.begin(at: 0)
    #expect(line.waitMilliseconds(at: 5) == nil)
    line.look(at: 10 * Self.second)
    line.end()
  }

  static let texts: [(WorkerState, WorkerPhase, String?, UInt64, UInt64, String)] = [
    (.starting, .none, nil, 0, 0, "starting, 0 requests"),
    (.idle, .none, nil, 1, 2_202_010, "idle, 1 request, 2.1 MiB"),
    (.busy, .working, nil, 1_234, 2_202_010, "busy since 13:20:07 UTC (working), 1234 requests, 2.1 MiB"),
    (.busy, .model, "/api/v1/chat", 2, 1, "busy since 13:20:07 UTC with /api/v1/chat (model), 2 requests, 1 B"),
  ]

  @Test(arguments: texts)
  func `the line says what the worker does`(
    state: WorkerState, phase: WorkerPhase, route: String?, served: UInt64, bytes: UInt64, expected: String
  ) {
    let view = WorkerView(
      pool: "chat", process: 7, state: state, phase: phase, route: route, requestID: nil, since: 5 * Self.second,
      phaseSince: 0, startedAt: 0, served: served, residentBytes: 9, privateBytes: bytes)
    // 2027-01-15 13:20:10 UTC, three seconds after the request came.
    #expect(StatusLine.text(view, at: 8 * Self.second, realtime: 1_800_019_210 * Self.second) == expected)
  }
}
