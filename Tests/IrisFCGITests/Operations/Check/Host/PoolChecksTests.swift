import Testing

@testable import IrisFCGI

@Suite struct PoolChecksTests {
  /// A pool's requests so far: so many of so many milliseconds each.
  private func pool(
    workers: Int, busy: Int = 0, requests: Int = 0, milliseconds: Int64 = 0, late: UInt64 = 0
  ) -> PoolChecks.Reading.Pool {
    var pool = PoolChecks.Reading.Pool(workers: workers, busy: busy)
    pool.times.counts[Histogram.classIndex(of: milliseconds * 1_000)] = UInt64(requests)
    pool.times.sum = UInt64(requests) * UInt64(milliseconds) * 1_000
    pool.waits.counts[0] = UInt64(requests) - late
    pool.waits.counts[Histogram.classIndex(of: 1_000_000)] = late
    return pool
  }

  /// Two looks two seconds apart.
  private func judge(_ first: PoolChecks.Reading.Pool, _ second: PoolChecks.Reading.Pool, enabled: Int = 0) -> [Finding]
  {
    PoolChecks.findings(
      PoolChecks.Reading(at: 0, pools: ["chat": first]), PoolChecks.Reading(at: 2_000_000, pools: ["chat": second]),
      enabled: { $0 == "chat" ? enabled : 0 })
  }

  @Test(
    arguments: [(8, .ok), (6, .warning), (4, .failed)] as [(Int, Finding.Status)])
  func `rate times seconds are the workers it takes`(workers: Int, status: Finding.Status) {
    // 10 requests in 2 s, 0.9 s each: 4.5 workers.
    let findings = judge(pool(workers: workers), pool(workers: workers, requests: 10, milliseconds: 900))
    #expect(findings.map(\.status) == [status])
    #expect(findings[0].found.hasPrefix("5.00 requests/s × 0.90 s = 4.50 busy of \(workers) workers"))
    if status == .failed { #expect(findings[0].advice == "iris-fcgi pool chat 7") }
  }

  @Test func `requests that go on count by the workers that they hold`() {
    #expect(judge(pool(workers: 4, busy: 4), pool(workers: 4, busy: 4)).map(\.status) == [.failed])
    #expect(judge(pool(workers: 4, busy: 4), pool(workers: 4, busy: 1)).map(\.status) == [.ok])
  }

  @Test func `waits of the past are a warning, where they are many`() {
    let quiet = pool(workers: 4, requests: 1_000, milliseconds: 1, late: 40)
    #expect(judge(quiet, quiet).map(\.status) == [.ok])
    let late = pool(workers: 4, requests: 1_000, milliseconds: 1, late: 60)
    #expect(judge(late, late).map(\.status) == [.warning])
    #expect(judge(late, late)[0].found.hasPrefix("60 of 1000 requests waited over 0.1 s"))
  }

  @Test func `workers that do not live are missed`() {
    #expect(judge(pool(workers: 3), pool(workers: 3), enabled: 4).map(\.status) == [.warning])
    #expect(judge(pool(workers: 0), pool(workers: 0), enabled: 4)[0].found == "none of 4 workers lives")
    #expect(judge(pool(workers: 0), pool(workers: 0)).map(\.status) == [.failed])
  }

  @Test func `counts that began anew between the looks do no harm`() {
    #expect(judge(pool(workers: 4, requests: 500, milliseconds: 10), pool(workers: 4)).map(\.status) == [.ok])
  }

  @Test func `without a scoreboard nothing is known`() {
    let checks = PoolChecks(directory: "/nowhere", enabled: { _ in 0 })
    #expect(checks.look() == nil)
    #expect(checks.findings(since: nil).map(\.status) == [.skipped])
  }

  @Test func `a look takes each pool's own waits and times`() throws {
    let folder = try TemporaryFolder()
    let board = Scoreboard(directory: folder.path)
    board.pools.worked(microseconds: 2_000_000, in: PoolCounts.Pool("chat"))
    board.pools.worked(microseconds: 3_000, in: PoolCounts.Pool("api"))
    board.pools.waited(milliseconds: 7, in: PoolCounts.Pool("api"))
    let pools = try #require(PoolChecks(directory: folder.path, enabled: { _ in 0 }).look()).pools
    #expect(pools["chat"]?.times.count == 1 && pools["chat"]?.waits.count == 0)
    #expect(pools["api"]?.times.count == 1 && pools["api"]?.waits.count == 1)
    #expect((pools["chat"]?.times.mean ?? 0) > (pools["api"]?.times.mean ?? 0))
  }
}
