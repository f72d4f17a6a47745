import IrisDomain
import Testing

struct QueuePatienceTests {
  /// Requests that come up each so many milliseconds, having waited for these.
  private func late(_ waits: [Int], every step: Int64 = 20) -> [Bool] {
    var patience = QueuePatience()
    return waits.enumerated().map { patience.isTooLate(waited: $1, now: 5_000 + Int64($0) * step) }
  }

  @Test func `fifty at once are all served`() {
    // Two workers, 20 ms each: one worker sees every second of them.
    #expect(!late((0..<25).map { $0 * 20 }).contains(true))
    // On a machine with as much else to do.
    #expect(!late((0..<25).map { $0 * 60 }, every: 60).contains(true))
  }

  @Test func `a flood is cut once it has lasted, and for as long as it lasts`() {
    let growing = late((0..<110).map { $0 * 18 })
    let first = growing.firstIndex(of: true)
    // 200 ms are reached at the 12th, 1,500 ms later is the 87th.
    #expect(first == 87)
    #expect(growing.dropFirst(87).allSatisfy { $0 })
  }

  @Test func `after a flood the next crowd is part of it, for ten seconds`() {
    let flood = Array(repeating: 250, count: 110)
    let wary = late(flood + [199, 250, 250])
    #expect(!wary[..<75].contains(true) && wary[75..<110].allSatisfy { $0 } && wary[110...] == [false, true, true])
    let calm = late(flood + Array(repeating: 10, count: 500) + [250])
    #expect(calm.last == false)
  }

  @Test func `nobody unknown waits for more than two seconds`() {
    #expect(late([2_000, 2_001]) == [false, true])
  }

  @Test func `what was long ago says nothing`() {
    var patience = QueuePatience()
    let late = [1_000, 90_000, 91_499, 91_500].map { patience.isTooLate(waited: 300, now: $0) }
    #expect(late == [false, false, false, true])
  }
}
