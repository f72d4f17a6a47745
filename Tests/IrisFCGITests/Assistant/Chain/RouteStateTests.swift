import Testing

@testable import IrisFCGI

struct RouteStateTests {
  @Test func `every state fits into a word and comes back whole`() {
    for reason in SetAsideReason.allCases {
      for phase in [RouteState.Phase.counting, .paused, .trial] {
        for failures in [0, 1, 255] {
          for until in [0, ManualClock.noon, 1 << 44 - 1] as [Int64] {
            let state = RouteState(until: until, failures: failures, reason: reason, phase: phase)
            #expect(RouteState(word: state.word) == state)
          }
        }
      }
    }
    #expect(RouteState(word: 0) == .blank && RouteState.blank.word == 0)
  }

  @Test func `what does not fit spoils nothing beside it`() {
    let state = RouteState(until: -1, failures: 300, reason: .badAnswer, phase: .trial)
    #expect(RouteState(word: state.word) == RouteState(until: 0, failures: 255, reason: .badAnswer, phase: .trial))
    #expect(RouteState(word: .max).reason == nil)
  }

  private static let hour: Int64 = 3_600_000

  @Test(
    arguments: [
      (25 * hour, true, true), (26 * hour, true, true), (26 * hour + 1, false, false), (1, true, true),
      (0, true, false), (-24 * hour, true, false), (-24 * hour - 1, false, false),
    ] as [(Int64, known: Bool, setAside: Bool)])
  func `leftovers of another day or another clock say nothing`(offset: Int64, known: Bool, setAside: Bool) {
    let now = ManualClock.noon
    let state = RouteState(until: now + offset, failures: 1, reason: .rateLimitedDay, phase: .paused)
    #expect(state.known(at: now) == (known ? state : .blank))
    #expect(state.known(at: now).isSetAside(at: now) == setAside)
  }
}
