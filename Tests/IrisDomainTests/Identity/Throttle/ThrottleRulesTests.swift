import IrisDomain
import Testing

struct ThrottleRulesTests {
  private static let rules: [(rule: ThrottleRule, delays: [Int])] = [
    (ThrottleRule(free: 2, longestSeconds: 10, drainSeconds: 60), [0, 0, 2, 4, 8, 10]),
    (ThrottleRule(free: 0, longestSeconds: 8, drainSeconds: 60), [2, 4, 8]),
    (ThrottleRule(free: 1, longestSeconds: 2, drainSeconds: 60), [0, 2]),
    (ThrottleRules.login, [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_200]),
    (ThrottleRules.unlimited, [0, 0]),
  ]

  @Test func `some failures are free, then each doubles the wait`() {
    for (rule, delays) in Self.rules { #expect(rule.delays == delays) }
    #expect(ThrottleRules.address.delays.firstIndex { $0 > 0 } == 20 && ThrottleRules.address.delays.last == 3_600)
    #expect(ThrottleRules.signUp.delays.firstIndex { $0 > 0 } == 10 && ThrottleRules.signUp.delays.last == 3_600)
  }

  /// How many failures somebody gets in who tries again the moment it is allowed; as the database counts.
  private func failures(_ rule: ThrottleRule, within seconds: Int) -> Int {
    var (now, count, failures) = (0, 0, 0)
    var last = 0
    while now <= seconds {
      count = max(0, count - (now - last) / rule.drainSeconds) + 1
      failures += 1
      last = now
      now += rule.delays[min(count, rule.delays.count) - 1]
    }
    return failures
  }

  @Test func `nobody gets a hundred guesses a day at one account`() {
    #expect((60...100).contains(failures(ThrottleRules.login, within: 86_400)))
    #expect(failures(ThrottleRules.login, within: 3_600) <= 20)
  }

  @Test func `one address gets a few dozen guesses an hour, and accounts`() {
    #expect((25...40).contains(failures(ThrottleRules.address, within: 3_600)))
    #expect((15...25).contains(failures(ThrottleRules.signUp, within: 3_600)))
    // The second day shows what is left when the first rush is over.
    let days = (1...2).map { failures(ThrottleRules.signUp, within: $0 * 86_400) }
    #expect((20...35).contains(days[1] - days[0]))
  }
}
