import IrisSystem
import Testing

@testable import IrisFCGI

struct StatusTextTests {
  private static func lines(
    _ report: StatusReport, _ interval: StatusReport.Interval? = nil, width: Int? = nil
  ) -> [String] {
    StatusText(report: report, interval: interval, width: width).lines.map { $0.rendered(styled: false) }
  }

  private static func words(_ line: String?) -> [String] {
    (line ?? "").split(separator: " ").map(String.init)
  }

  @Test func `everything is there, aligned`() throws {
    let lines = Self.lines(try StatusSample.full())
    #expect(
      lines.first == "iris-fcgi \(Version.number) on web1 at 2027-01-15 13:20:10 UTC,"
        + " counting since 2027-01-15 13:20:00 UTC (10.0 s)")
    let pools = lines[2...4].map(Self.words)
    #expect(pools[0].prefix(8) == ["POOL", "BUSY", "IDLE", "STARTING", "QUEUE", "LONGEST", "ACCEPTED", "REQUESTS"])
    #expect(pools[1].prefix(10) == ["api", "0", "0", "1", "0/1024", "0", "0", "0", "0.0", "-"])
    #expect(pools[2].prefix(9) == ["chat", "2", "1", "0", "7/10", "7", "41", "40", "4.0"])
    #expect(pools[2].dropFirst(9).joined(separator: " ") == "1.5 ms 2.4 ms 1.0 ms 2 1 6.3 MiB 2027-01-15 13:20:00 UTC")
    let workers = lines[6...10].map(Self.words)
    #expect(workers.map { $0[0] } == ["PID", "3", "13", "12", "11"])
    #expect(
      workers[2].joined(separator: " ")
        == "13 chat busy 31.0 s model 15.5 s 12 1 h 2 min 2.1 MiB 0123456789abcdef0123456789abcdef /api/v1/chat")
    #expect(workers[4].joined(separator: " ") == "11 chat idle 0.4 s 12 1 h 2 min 2.1 MiB")
    #expect(
      lines.suffix(10).map { Self.words($0).joined(separator: " ") } == [
        "PROVIDER MODEL KEY STATE", "gemini m1 1 asked", "gemini m1 2 set aside for 1 min 30 s: key_rejected (key)",
        "backup m2 ? being tried: unreachable (provider)", "", "database down: silent, calls are paused",
        "analytics read from the primary, in its place",
        "spool 12 records wait, 34.0 KiB, the oldest for 5 min 0 s; 20 came, 8 went, 0 lost; 1 files set aside",
        "budget 5 EUR a day, not reached; 1.25 EUR spent since counting began", "note a note",
      ])
  }

  @Test func `what is wrong stands out`() throws {
    let text = StatusText(report: try StatusSample.full()).lines.map { $0.rendered(styled: true) }.joined(
      separator: "\n")
    for part in ["\u{1B}[31m7/10", "\u{1B}[33m31.0 s", "\u{1B}[2midle", "\u{1B}[31mdatabase   down", "\u{1B}[31mspool"]
    {
      #expect(text.contains(part), "\(part.debugDescription)")
    }
  }

  @Test func `without a worker, a pool or anything else it says so`() throws {
    let lines = Self.lines(try StatusSample.empty())
    #expect(
      lines == [
        "iris-fcgi \(Version.number) on web1 at 2027-01-15 13:20:10 UTC", "", "no pool has had a worker yet", "",
        "no worker lives", "", "database   up",
      ])
  }

  @Test(arguments: Array(-1...140) + [1_000, .max])
  func `no line is wider than the terminal`(width: Int) throws {
    for report in [try StatusSample.full(), try StatusSample.empty()] {
      let lines = Self.lines(report, width: width)
      #expect(lines.allSatisfy { $0.count <= max(0, width) } && lines.count >= 7)
    }
  }

  @Test func `80 columns have the request and what it is at`() throws {
    let lines = Self.lines(try StatusSample.full(), width: 80)
    let worker = try #require(lines.first { $0.contains("13") && $0.contains("model") })
    #expect(worker.contains("31.0 s") && worker.contains("0123456789abcdef0123456789abcdef"))
    let pool = try #require(lines.first { $0.hasPrefix("chat ") })
    #expect(pool.contains("7/10") && pool.contains("40"))
  }

  @Test func `rates and times of a watch are those since the look before`() throws {
    var before = try StatusSample.full()
    var after = before
    after = StatusReport(
      time: before.time + StatusSample.second, now: before.now + 2 * StatusSample.second, host: before.host,
      source: before.source, pools: before.pools)
    var counts = after.pools[1].counts
    (counts.times.counts[4], counts.times.sum) = (30, counts.times.sum + 30 * 20_000)
    after.pools[1] = .init(counts: counts)
    let interval = try #require(after.interval(since: before))
    let pool = Self.words(Self.lines(after, interval).first { $0.hasPrefix("chat ") })
    #expect(pool[7...].prefix(6).joined(separator: " ") == "70 15.0 20.0 ms 24.3 ms")
    #expect(Self.words(Self.lines(after, interval).first { $0.hasPrefix("api ") })[8...9] == ["0.0", "-"])
    #expect(before.interval(since: after) == nil && after.interval(since: nil) == nil)
    before.pools = []
    #expect(after.interval(since: before)?.perSecond("chat") == 35)
    #expect(after.interval(since: before)?.perSecond("auth") == nil)
  }

  @Test(arguments: [.max, .max - 1, 1 << 63, 0x8080_8080_8080_8080] as [UInt64])
  func `whatever stands in the file is shown`(garbage: UInt64) throws {
    let words = SharedWords(0..<PoolCounts.wordCount, of: nil)
    for index in 0..<words.count { words[index].store(garbage) }
    var report = try StatusSample.empty()
    report.pools = PoolCounts(words).lines.map { counts in
      StatusReport.Pool(
        counts: counts,
        workers: [
          WorkerView(
            pool: "\u{1B}]0;", process: .min, state: .busy, phase: .model, route: "\u{7}", requestID: nil, since: .max,
            phaseSince: .max, startedAt: .max, served: garbage, residentBytes: garbage, privateBytes: garbage)
        ], killed: garbage)
    }
    #expect(!report.pools.isEmpty)
    let lines = Self.lines(report, report.interval(since: nil), width: 120)
    #expect(lines.allSatisfy { $0.unicodeScalars.allSatisfy { (0x20...0x7E).contains($0.value) } })
    #expect(StatusDocument(report: report).line.hasSuffix("}\n"))
  }
}
