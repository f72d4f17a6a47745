import Testing

@testable import IrisFCGI

struct PoolWorkTests {
  private static func counts() -> PoolCounts { PoolCounts(SharedWords(0..<PoolCounts.wordCount, of: nil)) }

  @Test func `everything of a pool stands in its line`() {
    let (counts, chat) = (Self.counts(), PoolCounts.Pool("chat"))
    #expect(counts.lines == [])
    counts.started(in: chat, at: 5_000)
    counts.started(in: chat, at: 9_000)
    counts.started(in: PoolCounts.Pool("api"), at: 7_000)
    counts.crashed(in: chat)
    counts.waited(milliseconds: 3, in: chat)
    for _ in 0..<3 { counts.accepted(in: chat) }
    counts.worked(microseconds: 1_500, in: chat)
    counts.worked(microseconds: 2_500, in: chat)
    counts.wasSlow(in: chat)
    var line = PoolCounts.Line(pool: "chat")
    (line.starts, line.crashes, line.since, line.accepted, line.slow) = (2, 1, 5_000, 3, 1)
    (line.waits.counts[2], line.waits.sum) = (1, 3_000)
    (line.times.counts[1], line.times.sum) = (2, 4_000)
    #expect(counts.lines.last == line)
    #expect(counts.lines.map(\.pool) == ["api", "chat"])
  }

  @Test func `of the queues that were seen the longest stays`() {
    let (counts, pool) = (Self.counts(), PoolCounts.Pool("chat"))
    counts.accepted(in: pool)
    for (socket, waiting) in [(7, 3), (7, nil), (8, 9), (8, 2), (8, 0)] as [(UInt64, Int?)] {
      counts.saw(socket: socket, waiting: waiting, in: pool)
    }
    #expect(counts.lines.map { [$0.socket, $0.longestQueue] } == [[8, 9]])
  }

  @Test func `what nobody may know of a queue is nil`() {
    #expect(PoolCounts.Line(pool: "chat").queue == nil)
    #expect(PoolCounts.Line(pool: "chat", socket: 1 << 40).queue == nil)
  }

  @Test func `more pools than there is room for are counted together`() {
    let counts = Self.counts()
    for number in 0..<40 {
      counts.started(in: PoolCounts.Pool("p\(number)"), at: 1)
      counts.worked(microseconds: 1, in: PoolCounts.Pool("p\(number)"))
    }
    #expect(counts.lines.reduce(0) { $0 + $1.starts } == 40)
    #expect(counts.lines.reduce(0) { $0 + $1.times.count } == 40)
    #expect(counts.lines.contains { $0.pool == "other" && $0.starts >= 24 })
  }
}
