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
      (25 * hour, true, true), (26 * hour + 60_000, true, true), (26 * hour + 60_001, false, false), (1, true, true),
      (0, true, false), (-24 * hour, true, false), (-24 * hour - 1, false, false),
    ] as [(Int64, known: Bool, setAside: Bool)])
  func `leftovers of another day or another clock say nothing`(offset: Int64, known: Bool, setAside: Bool) {
    let now = ManualClock.noon
    let state = RouteState(until: now + offset, failures: 1, reason: .rateLimitedDay, phase: .paused)
    #expect(state.known(at: now) == (known ? state : .blank))
    #expect(state.known(at: now).isSetAside(at: now) == setAside)
  }

  @Test func `a clock that was set back makes no pause longer than its kind`() {
    let now = ManualClock.noon
    for (reason, longest) in [
      (SetAsideReason.unreachable, 30_000), (.overloaded, 60_000), (.rateLimited, Self.hour),
      (.keyRejected, 6 * Self.hour),
    ] {
      func state(_ phase: RouteState.Phase, _ offset: Int64) -> RouteState {
        RouteState(until: now + offset, failures: 1, reason: reason, phase: phase).known(at: now)
      }
      #expect(state(.paused, longest) != .blank && state(.paused, longest + 60_001) == .blank, "\(reason)")
      #expect(state(.counting, 1) != .blank && state(.counting, 60_001) == .blank, "\(reason)")
      #expect(state(.trial, 301_000) != .blank && state(.trial, Self.hour) == .blank, "\(reason)")
    }
  }

  @Test func `no rule pauses for longer than its reason may`() throws {
    for failure in [
      ProviderFailure.overloaded, .modelGone, .keyRejected, .unreachable(.name), .unexpected(status: 302),
      .rateLimited(retryAfterMilliseconds: 604_800_000, perDay: false),
      .rateLimited(retryAfterMilliseconds: nil, perDay: true),
    ] {
      let rule = try #require(SetAsideRule(failure))
      for hours in 0..<48 {
        let now = ManualClock.noon + Int64(hours) * Self.hour
        let end = try #require(rule.end(count: 200, now: now))
        #expect(end > now && end - now <= rule.reason.longestPause, "\(failure)")
      }
    }
  }
}
