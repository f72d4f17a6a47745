import Testing

@testable import IrisFCGI

struct HistogramTests {
  static let classes: [(Int64, Int)] = [
    (0, 0), (1_000, 0), (1_001, 1), (2_500, 1), (999_999, 9), (2_000_000, 10), (2_000_001, 11), (60_000_000, 14),
    (60_000_001, 15), (.max, 15),
  ]

  @Test(arguments: classes) func `a class holds its upper end`(microseconds: Int64, index: Int) {
    #expect(Histogram.classIndex(of: microseconds) == index)
  }

  @Test func `bounds rise, and all classes have a word of the slot`() {
    #expect(zip(Histogram.bounds, Histogram.bounds.dropFirst()).allSatisfy { $0 < $1 })
    #expect(HistogramTable.spare + 6 <= HistogramTable.width)
  }
}

struct RequestCountsTests {
  private static func words(slots: Int) -> SharedWords { SharedWords(0..<slots * HistogramTable.width, of: nil) }

  @Test func `requests of all workers add up by route and status`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    _ = try concurrently(4) { _ in
      let requests = Scoreboard(directory: path).requests
      for _ in 0..<250 {
        requests.count(route: "/api/v1/chat", status: 200, microseconds: 1_500_000)
        requests.count(route: "/api/v1/chat", status: 429, microseconds: 900)
        requests.count(route: "/api/v1/chat/sessions/{id}", status: 404, microseconds: 0)
      }
    }
    let lines = try Scoreboard(existingIn: path).requests.lines
    #expect(
      lines.map { "\($0.route) \($0.status) \($0.times.count) \($0.times.sum)" } == [
        "/api/v1/chat 200 1000 1500000000", "/api/v1/chat 429 1000 900000", "/api/v1/chat/sessions/{id} 404 1000 0",
      ])
    #expect(lines[0].times.counts[10] == 1_000)
  }

  @Test func `every route has a mark of its own, with room for a status`() {
    let paths = Set(Route.table.map(\.path) + [RouteMark.none])
    #expect(Set(paths.map { RouteMark.mark(of: $0) }).count == paths.count)
    for path in paths {
      #expect(
        RouteMark.mark(of: path) & RouteMark.room == 0 && RouteMark.path(of: RouteMark.mark(of: path) | 503) == path)
    }
  }

  @Test func `a path that is no route's is counted as none`() {
    let counts = RequestCounts(Self.words(slots: 8))
    for path in ["/etc/passwd", "/api/v1/chat/sessions/0197", "none"] {
      counts.count(route: path, status: 404, microseconds: 1)
    }
    #expect(counts.lines.map { "\($0.route) \($0.times.count)" } == ["none 3"])
  }

  @Test func `what another release's workers count is kept apart`() {
    let words = Self.words(slots: 8)
    let table = HistogramTable(words)
    for route in ["/api/v9/a", "/api/v9/b"] {
      let mark = SharedSlots.Identity("route", route).word & ~RouteMark.room
      table.time(5, in: table.slot(of: SharedSlots.Identity(word: mark | 200)))
    }
    #expect(RequestCounts(words).lines.map { "\($0.route) \($0.status) \($0.times.count)" } == ["other 200 2"])
  }

  @Test func `what finds no room is counted with all others`() {
    let counts = RequestCounts(Self.words(slots: 3))
    for status in 200..<210 { counts.count(route: "/health", status: status, microseconds: 7) }
    let lines = counts.lines
    #expect(
      lines.map { "\($0.route) \($0.status) \($0.times.count)" } == ["/health 200 1", "/health 201 1", "other other 8"])
    #expect(lines.reduce(0) { $0 + $1.times.sum } == 70)
  }

  @Test func `a time that went backwards is none`() {
    let counts = RequestCounts(Self.words(slots: 3))
    counts.count(route: "/health", status: 200, microseconds: -5)
    #expect(counts.lines.map(\.times.sum) == [0] && counts.lines[0].times.counts[0] == 1)
  }
}

struct PoolCountsTests {
  @Test func `waits, starts and crashes are counted by pool`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    _ = try concurrently(4) { _ in
      let pools = Scoreboard(directory: path).pools
      for name in ["chat", "api", "sixteen-letters_"] {
        pools.started(in: PoolCounts.Pool(name))
        pools.waited(milliseconds: 30, in: PoolCounts.Pool(name))
      }
      pools.crashed(in: PoolCounts.Pool("chat"))
    }
    let lines = try Scoreboard(existingIn: path).pools.lines
    #expect(lines.map { "\($0.pool) \($0.starts) \($0.crashes)" } == ["api 4 0", "chat 4 4", "sixteen-letters_ 4 0"])
    #expect(lines.allSatisfy { $0.waits.count == 4 && $0.waits.sum == 120_000 })
  }

  @Test func `pools without room share one line`() {
    let pools = PoolCounts(SharedWords(0..<6 * HistogramTable.width, of: nil))
    for name in ["a", "b", "c", "d", "other"] { pools.started(in: PoolCounts.Pool(name)) }
    #expect(pools.lines.map { "\($0.pool) \($0.starts)" } == ["a 1", "b 1", "other 3"])
  }

  @Test func `a wait beyond reason is none that a sum could not take`() {
    let pools = PoolCounts(SharedWords(0..<6 * HistogramTable.width, of: nil))
    for wait in [Int.max, Int.min] { pools.waited(milliseconds: wait, in: PoolCounts.Pool("api")) }
    #expect(pools.lines.map(\.waits.sum) == [3_600_000_000] && pools.lines[0].waits.count == 2)
  }
}

struct TalliesTests {
  @Test func `each has a word of its own`() {
    let tallies = Tallies(SharedWords(0..<Tallies.wordCount, of: nil))
    for name in Tallies.Name.allCases { tallies.add(name, name.rawValue + 1) }
    tallies.add(.spend, -5)
    tallies.set(.budgetReached, 1)
    for name in Tallies.Name.allCases where name != .budgetReached {
      #expect(tallies[name] == UInt64(name.rawValue + 1))
    }
    #expect(tallies[.budgetReached] == 1)
    #expect(Tallies.Name.allCases.count <= Tallies.wordCount)
  }
}

struct SharedTextTests {
  @Test(arguments: ["", "a", "12345678", "123456789", "déjà", "1234567890123456"])
  func `a text that fits comes back`(text: String) {
    let words = (0..<2).map { _ in SharedWord.local() }
    SharedText.store("something else of it", in: words)
    #expect(SharedText.store(text, in: words) && SharedText.load(words) == text)
  }

  @Test func `one that is too long is cut, and says so`() {
    let words = [SharedWord.local()]
    #expect(!SharedText.store("123456789", in: words) && SharedText.load(words) == "12345678")
  }
}
