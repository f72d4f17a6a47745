import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

struct MonitorFileTests {
  private let state: TemporaryFolder
  private let runtime: TemporaryFolder

  init() throws { (state, runtime) = (try TemporaryFolder(), try TemporaryFolder()) }

  private func file(_ stateDirectory: String? = nil) -> MonitorFile {
    MonitorFile(stateDirectory: stateDirectory ?? state.path, runtimeDirectory: runtime.path)
  }

  private func sample() throws -> MonitorState {
    var sample = try MonitorState()
    sample.utcOffset = 3_600
    for (at, requests) in [(0, 0), (60, 7)] as [(Int64, Int)] {
      let traffic = Traffic(chat: ServiceTotals(requests: requests, latency: [1_000: requests]))
      sample.history.record(
        TrafficHistory.Reading(source: "1/2", at: at, traffic: traffic), day: "2026-11-21", now: 1_800_000_000 + at)
    }
    sample.book.judge(Observation(now: 1_800_000_000, databaseAnswers: false), by: AlertRules(errorRate: 0.01))
    return sample
  }

  @Test func `what is kept comes back`() throws {
    var kept = try sample()
    #expect(file().load().state == nil && file().load().obstacles == [])
    try file().save(&kept)
    #expect(file().load().state == kept && file().load().obstacles == [])
    #expect(kept.history.total(month: "2026-11").requests == 7)
    let status = try Files.status(of: state.path + "/monitor")
    #expect(status.permissions == 0o600)
  }

  @Test func `a folder that takes nothing is replaced by the other one until it does`() throws {
    var kept = try sample()
    try file().save(&kept)
    try file("/nonexistent").save(&kept)
    kept.utcOffset = 7_200
    try file("/nonexistent").save(&kept)
    #expect(file().load().state == kept, "the newer one counts")
    kept.utcOffset = 0
    try file().save(&kept)
    #expect(file().load().state == kept)
    let nowhere = MonitorFile(stateDirectory: "/nonexistent", runtimeDirectory: "/nonexistent/too")
    #expect(throws: FileError.notFound(path: "/nonexistent/monitor.\(HostProcess.id).new")) { try nowhere.save(&kept) }
  }

  @Test func `a damaged file is told and not believed`() throws {
    var kept = try sample()
    try file().save(&kept)
    let whole = try Files.read(state.path + "/monitor", limit: 1 << 20)
    for position in stride(from: 0, to: whole.count, by: 7) {
      var damaged = whole
      damaged[position] ^= 1
      #expect(MonitorFile.read(damaged) == nil, "byte \(position)")
      #expect(MonitorFile.read(Array(whole[..<position])) == nil)
    }
    try state.write("monitor", "iris-monitor 1")
    #expect(file().load().state == nil && file().load().obstacles == ["\(state.path)/monitor is damaged"])
  }

  @Test(arguments: [
    (1_795_302_000, 3_600, "2026-11-22"), (1_795_301_999, 3_600, "2026-11-21"), (0, -3_600, "1969-12-31"),
  ])
  func `a day is that of the time zone`(now: Int64, offset: Int, day: String) throws {
    var state = try MonitorState()
    state.utcOffset = offset
    #expect(state.day(at: now) == day && state.month(at: now) == String(day.prefix(7)))
  }

  @Test func `a lock is one run's at a time`() throws {
    guard let first = try FileLock.take(state.path) else { return #expect(Bool(false), "nobody has it") }
    var isFree = true
    if try FileLock.take(state.path) == nil { isFree = false }
    #expect(!isFree)
    withExtendedLifetime(first) {}
  }

  @Test func `a lock ends with its holder`() throws {
    for _ in 1...2 {
      let lock = try FileLock.take(state.path)
      let isTaken = lock != nil
      #expect(isTaken)
    }
    #expect(throws: FileError.notFound(path: "/nonexistent")) { _ = try FileLock.take("/nonexistent") }
  }
}
