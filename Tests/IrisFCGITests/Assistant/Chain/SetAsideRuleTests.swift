import Testing

@testable import IrisFCGI

struct SetAsideRuleTests {
  private static let minute: Int64 = 60_000
  private static let hour: Int64 = 3_600_000
  private static let now = ManualClock.noon

  /// The pauses after the first, second … failure in a row, in milliseconds; 0: none yet.
  static let rules: [(ProviderFailure, RouteScopes.Level, SetAsideReason, pauses: [Int64], alert: Bool)] = [
    (
      .rateLimited(retryAfterMilliseconds: 34_400, perDay: false), .pair, .rateLimited,
      [34_400, 68_800, 137_600, 275_200, 550_400, 1_100_800, 2_201_600, hour, hour], false
    ),
    (
      .rateLimited(retryAfterMilliseconds: nil, perDay: false), .pair, .rateLimited, [30_000, 60_000, 120_000], false
    ),
    (.rateLimited(retryAfterMilliseconds: 0, perDay: false), .pair, .rateLimited, [1_000, 2_000], false),
    (.rateLimited(retryAfterMilliseconds: 604_800_000, perDay: false), .pair, .rateLimited, [hour, hour], false),
    // Until 2026-11-22T08:01:00Z.
    (
      .rateLimited(retryAfterMilliseconds: 5, perDay: true), .pair, .rateLimitedDay,
      [20 * hour + minute, 20 * hour + minute],
      false
    ),
    (
      .modelGone, .model, .modelGone,
      [10 * minute, 20 * minute, 40 * minute, 80 * minute, 160 * minute, 320 * minute, 6 * hour, 6 * hour], true
    ),
    (
      .keyRejected, .key, .keyRejected,
      [15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 6 * hour, 6 * hour], true
    ),
    (.forbidden, .key, .forbidden, [15 * minute, 30 * minute], true),
    (.creditExhausted, .key, .creditExhausted, [15 * minute, 30 * minute], true),
    (
      .overloaded, .model, .overloaded, [0, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000], false
    ),
    (.transient(status: 502), .model, .serverError, [0, 2_000, 4_000], false),
    (.timedOut, .model, .timedOut, [0, 2_000, 4_000], false),
    (.unreachable(.interruption), .pair, .interrupted, [0, 2_000, 4_000], false),
    (.empty, .model, .badAnswer, [0, 0, 2_000, 4_000], false),
    (.malformed, .model, .badAnswer, [0, 0, 2_000], false),
    (.unfinished(.absent), .model, .badAnswer, [0, 0, 2_000], false),
    (.tooLarge, .model, .badAnswer, [0, 0, 2_000], false),
    (
      .unreachable(.connection), .provider, .unreachable, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000], false
    ),
    (.unreachable(.name), .provider, .unreachable, [1_000], false),
    (.unreachable(.certificate), .provider, .unreachable, [1_000], false),
    (.unreachable(.address), .provider, .unreachable, [1_000], false),
    (.configuration, .provider, .refused, [0, 1_000], false),
    (.unexpected(status: 302), .provider, .refused, [0, 1_000], false),
    (.cancelled, .provider, .refused, [0, 1_000], false),
  ]

  @Test(arguments: rules.indices) func `each failure sets aside what it speaks of, for its time`(row: Int) throws {
    let (failure, level, reason, pauses, alert) = Self.rules[row]
    let rule = try #require(SetAsideRule(failure))
    #expect(rule.level == level && rule.reason == reason && rule.raisesAlert == alert, "\(failure)")
    let ends = pauses.indices.map { rule.end(count: $0 + 1, now: Self.now) ?? Self.now }
    #expect(ends.map { $0 - Self.now } == pauses, "\(failure)")
  }

  @Test(arguments: [ProviderFailure.clientGone, .badRequest])
  func `what is not the route's doing counts for nothing`(failure: ProviderFailure) {
    #expect(SetAsideRule(failure) == nil)
  }

  @Test func `a refusal just after midnight does not cost the day`() throws {
    let rule = try #require(SetAsideRule(.rateLimited(retryAfterMilliseconds: nil, perDay: true)))
    let midnight: Int64 = 1_795_334_400_000  // 2026-11-22T08:00:00Z
    #expect(rule.end(count: 1, now: midnight - 1) == midnight + 60_000)
    #expect(rule.end(count: 2, now: midnight + 59_999) == midnight + 60_000)
    #expect(rule.end(count: 3, now: midnight + 60_000) == midnight + 24 * Self.hour + 60_000)
  }

  @Test func `any number of failures has a pause`() throws {
    let rule = try #require(SetAsideRule(.overloaded))
    #expect(rule.end(count: 255, now: 0) == 60_000)
    #expect(rule.end(count: .max, now: 0) == 60_000)
  }
}
