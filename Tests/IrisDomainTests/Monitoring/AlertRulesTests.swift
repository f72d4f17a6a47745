import Testing

@testable import IrisDomain

/// Where each condition begins, and where it is over once it has begun.
struct AlertRulesTests {
  private static let rules = AlertRules(errorRate: 0.01)
  private static let now: Int64 = 1_800_000_000

  private static func holds(
    _ kind: AlertKind, isOpen: Bool, _ change: (inout Observation) -> Void
  ) -> Bool? {
    var seen = Observation(now: now, databaseAnswers: true)
    change(&seen)
    switch rules.verdict(on: kind, seen, isOpen: isOpen) {
    case .holds: return true
    case .isOver: return false
    case .unknown: return nil
    }
  }

  /// Requests, failures, and whether it begins and whether it goes on.
  @Test(arguments: [
    (0, 0, false, false), (2, 1, false, false), (4, 4, false, true), (5, 5, true, true), (500, 5, false, true),
    (499, 5, true, true), (1_000, 10, false, true), (1_000, 11, true, true), (1_000, 6, false, true),
    (1_000, 5, false, false), (100, 1, false, false), (1_000_000, 4_999, false, false),
  ])
  func `the error rate needs five failures and a share above the limit`(
    requests: Int, failures: Int, begins: Bool, goesOn: Bool
  ) {
    for (isOpen, expected) in [(false, begins), (true, goesOn)] {
      let found = Self.holds(.errorRate, isOpen: isOpen) {
        $0.window = Traffic(chat: ServiceTotals(requests: requests, failures: failures))
      }
      #expect(found == expected, "open: \(isOpen)")
    }
  }

  @Test(arguments: [
    (999, 999, false, false), (1_000, 9, false, false), (1_000, 10, true, true), (10_000, 10, false, true),
    (10_000, 11, true, true), (11_111, 10, false, true), (11_112, 10, false, false), (1_000_000, 1_000, false, true),
    (1_000_000, 1_001, true, true), (1_000_000, 900, false, false),
  ])
  func `availability is the month's, and wants a tenth of its allowance back`(
    requests: Int, failures: Int, begins: Bool, goesOn: Bool
  ) {
    for (isOpen, expected) in [(false, begins), (true, goesOn)] {
      let found = Self.holds(.availability, isOpen: isOpen) {
        $0.month = ServiceTotals(requests: requests, failures: failures)
      }
      #expect(found == expected, "open: \(isOpen)")
    }
  }

  /// Requests, those over two seconds.
  @Test(arguments: [
    (19, 19, false, true), (20, 1, false, true), (20, 2, true, true), (100, 5, false, true), (100, 6, true, true),
    (100, 4, false, false), (9, 9, false, false), (0, 0, false, false),
  ])
  func `p95 is over two seconds when more than a twentieth is`(requests: Int, slow: Int, begins: Bool, goesOn: Bool) {
    let totals = ServiceTotals(
      requests: requests, latency: [1_000: requests - slow, 2_000_000: 0, 5_000_000: slow / 2], longer: slow - slow / 2)
    for (isOpen, expected) in [(false, begins), (true, goesOn)] {
      #expect(Self.holds(.slowChats, isOpen: isOpen) { $0.window = Traffic(chat: totals) } == expected)
      #expect(Self.holds(.slowRequests, isOpen: isOpen) { $0.window = Traffic(other: totals) } == expected)
      #expect(Self.holds(.slowRequests, isOpen: isOpen) { $0.window = Traffic(chat: totals) } == false)
      let waits = Traffic(waits: ["api": ServiceTotals(requests: 1_000, latency: [1_000: 1_000]), "chat": totals])
      #expect(Self.holds(.longWaits, isOpen: isOpen) { $0.window = waits } == expected)
    }
  }

  @Test func `the wait for a worker is told by pool, and begins at a second`() {
    func pool(_ waited: Int) -> ServiceTotals { ServiceTotals(requests: 20, latency: [waited: 20]) }
    var seen = Observation(now: Self.now, databaseAnswers: true)
    seen.window = Traffic(waits: ["api": pool(1_000_000), "auth": pool(2_000_000), "chat": pool(60_000_000)])
    #expect(
      Self.rules.verdict(on: .longWaits, seen, isOpen: false)
        == .holds(
          "Requests waited over 1 s for a worker in five minutes: 20 of 20 in auth, 20 of 20 in chat. "
            + "Give the pool more workers."))
  }

  @Test(arguments: [
    (0, 0, 9, false), (6, 5, 0, false), (6, 6, 0, true), (6, 0, 2, false), (6, 0, 3, true),
  ])
  func `models are down when all are set aside or chats find none`(
    routes: Int, setAside: Int, failedChats: Int, expected: Bool
  ) {
    let found = Self.holds(.modelsDown, isOpen: false) {
      $0.models = Observation.Models(routes: routes, setAside: setAside, failedChats: failedChats)
    }
    #expect(found == expected)
  }

  @Test(arguments: [(0, 0, false), (1, 300, false), (1, 301, true), (0, 301, false)])
  func `a spool is stuck when a record waits for five minutes with the database up`(
    records: Int, seconds: Int, expected: Bool
  ) {
    for isUp in [true, false] {
      let found = Self.holds(.spoolStuck, isOpen: false) {
        $0.databaseAnswers = isUp
        $0.spool = Observation.SpoolDepth(records: records, oldestSeconds: seconds)
      }
      #expect(found == (isUp ? expected : nil))
    }
  }

  @Test(arguments: [(0, true), (3_599, true), (3_600, false)])
  func `a loss is told for an hour after the last one`(secondsAgo: Int64, expected: Bool) {
    let found = Self.holds(.spoolLoss, isOpen: false) {
      $0.losses = TrafficHistory.Losses(count: 3, at: Self.now - secondsAgo)
    }
    #expect(found == expected)
  }

  @Test func `what could not be looked at changes nothing`() {
    let seen = Observation(now: Self.now, databaseAnswers: true)
    let known: Set<AlertKind> = [.databaseDown, .spoolLoss]
    for kind in AlertKind.allCases {
      for isOpen in [true, false] {
        let verdict = Self.rules.verdict(on: kind, seen, isOpen: isOpen)
        #expect(verdict == (known.contains(kind) ? .isOver : .unknown), "\(kind)")
      }
    }
  }

  @Test(arguments: [
    (99_899, 100_000, "99.89 %"), (1, 3, "33.33 %"), (5, 100, "5.00 %"), (1, 1, "100.00 %"), (0, 0, "0 %"),
    (999_999, 1_000_000, "99.99 %"),
  ])
  func `a share is rounded down`(part: Int, whole: Int, text: String) {
    #expect(Percentage.text(part, of: whole) == text)
  }
}
