import IrisDomain
import Testing

@Suite struct DeliveryRulesTests {
  @Test(
    arguments: [
      (1, 30), (2, 60), (3, 120), (4, 240), (7, 1_920), (8, 3_600), (9, 3_600), (1_000_000, 3_600), (0, 30),
    ])
  func `pauses double from half a minute to an hour`(attempt: Int, seconds: Int) {
    #expect(DeliveryRules.pauseSeconds(afterAttempt: attempt, random: 0.5) == seconds)
  }

  @Test func `what failed together does not come back together`() {
    #expect(DeliveryRules.pauseSeconds(afterAttempt: 3, random: 0) == 96)
    #expect(DeliveryRules.pauseSeconds(afterAttempt: 3, random: 1) == 144)
  }

  @Test(arguments: [(nil, 30), (5, 30), (90, 90), (86_400, 86_400), (604_800, 86_400), (-1, 30)] as [(Int?, Int)])
  func `a receiver may ask for more patience, up to a day`(retryAfter: Int?, seconds: Int) {
    #expect(DeliveryRules.pauseSeconds(afterAttempt: 1, retryAfter: retryAfter, random: 0.5) == seconds)
  }

  @Test func `a lease outlasts an attempt and the goodbye after it`() {
    #expect(Int64(DeliveryRules.leaseSeconds) * 1_000 > DeliveryRules.attemptMilliseconds * 2)
  }
}
