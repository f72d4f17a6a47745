import Testing

@testable import IrisDomain

struct TrafficHistoryTests {
  private var history = TrafficHistory()

  private mutating func look(
    at: Int64, _ requests: Int, failures: Int = 0, losses: Int = 0, source: String = "a", day: String = "2026-11-21"
  ) {
    let totals = ServiceTotals(requests: requests, failures: failures, latency: [1_000: requests])
    history.record(
      TrafficHistory.Reading(source: source, at: at, traffic: Traffic(chat: totals), losses: losses), day: day,
      now: 1_000_000 + at)
  }

  @Test mutating func `the first look tells nothing, the next ones what was added`() {
    look(at: 0, 1_000, failures: 7)
    #expect(history.window(at: 0) == nil && history.days.isEmpty)
    look(at: 60, 1_010, failures: 8)
    look(at: 120, 1_010, failures: 8)
    #expect(history.window(at: 120)?.all.requests == 10 && history.window(at: 120)?.all.failures == 1)
    #expect(history.total(month: "2026-11") == ServiceTotals(requests: 10, failures: 1, latency: [1_000: 10]))
  }

  @Test mutating func `the window is five minutes long`() {
    for minute in 0...20 { look(at: Int64(minute) * 60, minute * 10) }
    #expect(history.window(at: 1_200)?.all.requests == 50)
    #expect(history.window(at: 1_229)?.all.requests == 50)
    #expect(history.window(at: 1_260)?.all.requests == 40)
  }

  @Test mutating func `after a gap nothing is known of the last minutes, but the day has it all`() {
    look(at: 0, 0)
    look(at: 3_600, 500)
    #expect(history.window(at: 3_600) == nil)
    #expect(history.total(month: "2026-11").requests == 500)
    look(at: 3_660, 501)
    #expect(history.window(at: 3_660)?.all.requests == 1)
  }

  /// Counters made anew begin at 0: another file, a boot, or a counter that is smaller than it was.
  @Test(arguments: [("b", 120, 150), ("a", 10, 150), ("a", 120, 20)] as [(String, Int64, Int)])
  mutating func `counters that were made anew count from nothing`(source: String, at: Int64, requests: Int) {
    look(at: 0, 90)
    look(at: 60, 100)
    look(at: at, requests, source: source)
    #expect(history.total(month: "2026-11").requests == 10 + requests)
    #expect(history.window(at: at)?.all.requests == (at < 60 ? requests : 10 + requests))
  }

  @Test mutating func `losses are summed up, also over a boot`() {
    look(at: 0, 0, losses: 5)
    #expect(history.losses == nil)
    look(at: 60, 0, losses: 5)
    #expect(history.losses == nil)
    look(at: 120, 0, losses: 7)
    look(at: 5, 0, losses: 4)
    #expect(history.losses == TrafficHistory.Losses(count: 6, at: 1_000_005))
    history.forgetLosses()
    #expect(history.losses == nil)
  }

  @Test mutating func `days stay until they are stored, those of the month to its end`() {
    look(at: 0, 0, day: "2026-10-31")
    look(at: 60, 10, day: "2026-10-31")
    look(at: 120, 30, day: "2026-11-01")
    #expect(history.unstored == ["2026-10-31", "2026-11-01"])
    history.stored(["2026-11-01"], month: "2026-11")
    #expect(history.days.keys.sorted() == ["2026-10-31", "2026-11-01"] && history.unstored == ["2026-10-31"])
    history.stored(["2026-10-31"], month: "2026-11")
    #expect(history.days.keys.sorted() == ["2026-11-01"] && history.unstored.isEmpty)
    look(at: 180, 30, day: "2026-11-01")
    #expect(history.unstored.isEmpty, "nothing happened")
    look(at: 240, 31, day: "2026-11-01")
    #expect(history.unstored == ["2026-11-01"])
    #expect(history.total(month: "2026-11").requests == 21)
  }

  @Test func `what is slower is counted by classes`() {
    let totals = ServiceTotals(requests: 10, latency: [1_000_000: 4, 2_000_000: 3, 5_000_000: 2], longer: 1)
    #expect(totals.slower(than: 2_000_000) == 3 && totals.slower(than: 60_000_000) == 1)
  }
}
