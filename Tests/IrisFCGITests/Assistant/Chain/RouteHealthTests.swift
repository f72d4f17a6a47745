import IrisSystem
import Testing

@testable import IrisFCGI

/// The state machine of one scope, and who may ask.
struct RouteHealthTests {
  private let health = Scoreboard(directory: "/none").routeHealth
  private let scopes = RouteScopes(base: "https://a.test", model: "m", key: Secret("k"))
  private let now = ManualClock.noon

  private func admitted(_ scopes: RouteScopes, at time: Int64) -> RouteHealth.Permit? {
    guard case .granted(let permit) = health.admit(scopes, at: time, longest: 31_000) else { return nil }
    return permit
  }

  @discardableResult
  private func fail(_ failure: ProviderFailure, at time: Int64, _ scopes: RouteScopes? = nil) throws -> SetAside? {
    let permit = try #require(admitted(scopes ?? self.scopes, at: time))
    return health.failed(permit, try #require(SetAsideRule(failure)), at: time)
  }

  private func succeed(at time: Int64, _ scopes: RouteScopes? = nil) throws {
    health.succeeded(try #require(admitted(scopes ?? self.scopes, at: time)), at: time)
  }

  private func isOpen(_ scopes: RouteScopes, at time: Int64) -> Bool { health.obstacle(to: scopes, at: time) == nil }

  private static func other(base: String = "https://a.test", model: String = "m", key: String? = "k") -> RouteScopes {
    RouteScopes(base: base, model: model, key: key.map { Secret($0) })
  }

  @Test(
    arguments: [
      (.rateLimited(retryAfterMilliseconds: nil, perDay: false), false, false, false),
      (.modelGone, true, false, false), (.keyRejected, false, true, false), (.unreachable(.name), true, true, true),
    ] as [(ProviderFailure, otherKey: Bool, otherModel: Bool, other: Bool)])
  func `a failure touches the routes it speaks of`(
    failure: ProviderFailure, otherKey: Bool, otherModel: Bool, other: Bool
  ) throws {
    try fail(failure, at: now)
    #expect(!isOpen(scopes, at: now))
    #expect(isOpen(Self.other(key: "rotated"), at: now) != otherKey)
    #expect(isOpen(Self.other(model: "n"), at: now) != otherModel)
    #expect(isOpen(Self.other(model: "n", key: "rotated"), at: now) != other)
    #expect(isOpen(Self.other(base: "https://b.test"), at: now))
  }

  @Test func `after a pause one tries, the others wait for what it finds`() throws {
    try fail(.keyRejected, at: now)
    let end = now + 900_000
    #expect(admitted(scopes, at: end - 1) == nil)
    let trial = try #require(admitted(scopes, at: end))
    #expect(admitted(scopes, at: end) == nil)
    #expect(health.obstacle(to: scopes, at: end)?.isBeingTried == true)
    health.succeeded(trial, at: end + 1_000)
    #expect(admitted(scopes, at: end + 1_000) != nil && admitted(scopes, at: end + 1_000) != nil)
  }

  @Test func `when a minute's quota is over nobody has to find out: all may ask`() throws {
    try fail(.rateLimited(retryAfterMilliseconds: 30_000, perDay: false), at: now)
    let end = now + 30_000
    #expect(admitted(scopes, at: end - 1) == nil)
    let permits = try (0..<3).map { _ in try #require(admitted(scopes, at: end)) }
    let rule = try #require(SetAsideRule(.rateLimited(retryAfterMilliseconds: 30_000, perDay: false)))
    for permit in permits { _ = health.failed(permit, rule, at: end + 100) }
    // Three refusals at once are one: the pause doubles once.
    #expect(health.obstacle(to: scopes, at: end + 100)?.until == end + 100 + 60_000)
    try succeed(at: end + 100_000)
    try fail(.rateLimited(retryAfterMilliseconds: 30_000, perDay: false), at: end + 100_000)
    #expect(health.obstacle(to: scopes, at: end + 100_000)?.until == end + 130_000)
  }

  @Test func `the first text ends a trial: key, quota and model are good, a fault may come back`() throws {
    for (failure, letsAllIn) in [
      (ProviderFailure.keyRejected, true), (.modelGone, true),
      (.unreachable(.name), false),
    ] {
      let scopes = Self.other(base: "https://\(failure.logWord).test")
      try fail(failure, at: now, scopes)
      let end = now + 900_000
      let trial = try #require(admitted(scopes, at: end))
      #expect(admitted(scopes, at: end) == nil)
      health.answers(trial, at: end + 100)
      #expect(admitted(scopes, at: end + 100) != nil, "\(failure)")
      #expect((admitted(scopes, at: end + 100) != nil) == letsAllIn, "\(failure)")
      health.succeeded(trial, at: end + 200)
      #expect(admitted(scopes, at: end + 200) != nil && admitted(scopes, at: end + 200) != nil, "\(failure)")
    }
  }

  @Test func `a trial that fails doubles the pause and is no news`() throws {
    #expect(
      try fail(.keyRejected, at: now)
        == SetAside(level: .key, reason: .keyRejected, until: now + 900_000))
    #expect(try fail(.forbidden, at: now + 900_000) == nil)
    #expect(health.obstacle(to: scopes, at: now + 900_000)?.until == now + 900_000 + 1_800_000)
    #expect(health.obstacle(to: scopes, at: now + 900_000)?.reason == .forbidden)
  }

  @Test func `a trial whose worker died is another's when its time is over`() throws {
    try fail(.keyRejected, at: now)
    let dead = try #require(admitted(scopes, at: now + 900_000))
    #expect(admitted(scopes, at: now + 930_999) == nil)
    let next = try #require(admitted(scopes, at: now + 931_000))
    #expect(admitted(scopes, at: now + 931_000) == nil)
    // The dead one was only slow: it may speak, but it has nothing to end.
    health.withdrawn(dead, at: now + 931_001)
    #expect(admitted(scopes, at: now + 931_001) == nil)
    health.succeeded(next, at: now + 932_000)
    #expect(isOpen(scopes, at: now + 932_000))
  }

  @Test(arguments: [true, false]) func `a trial that finds nothing leaves it to the next`(fails: Bool) throws {
    try fail(.modelGone, at: now)
    let trial = try #require(admitted(scopes, at: now + 600_000))
    if fails {
      // A quota speaks of the pair alone.
      _ = health.failed(trial, try #require(SetAsideRule(TestChain.limited)), at: now + 600_100)
    } else {
      health.withdrawn(trial, at: now + 600_100)
    }
    let sibling = Self.other(key: "sibling")
    #expect(admitted(sibling, at: now + 600_100) != nil)
    #expect(admitted(sibling, at: now + 600_101) == nil)
  }

  @Test func `a scope that cannot be tried gives the others' trials back`() throws {
    try fail(.keyRejected, at: now, Self.other(model: "n"))
    try fail(.modelGone, at: now + 600_000, Self.other(key: "sibling"))
    // The key's pause is over, the model's is not.
    #expect(admitted(scopes, at: now + 900_000) == nil)
    #expect(admitted(Self.other(model: "n"), at: now + 900_000) != nil)
  }

  @Test func `success ends the counting`() throws {
    for _ in 1...3 {
      try fail(.overloaded, at: now)
      #expect(isOpen(scopes, at: now))
      try succeed(at: now)
    }
    try fail(.overloaded, at: now)
    try fail(.timedOut, at: now)
    #expect(!isOpen(scopes, at: now))
  }

  @Test func `success clears model, key and provider for all routes that share them`() throws {
    try fail(.overloaded, at: now)
    try succeed(at: now, Self.other(key: "sibling"))
    try fail(.overloaded, at: now)
    #expect(isOpen(scopes, at: now))

    try fail(.unreachable(.name), at: now)
    try succeed(at: now + 1_000, Self.other(model: "n", key: "sibling"))
    try fail(.unreachable(.name), at: now + 1_000)
    #expect(health.obstacle(to: scopes, at: now + 1_000)?.until == now + 2_000)
  }

  @Test func `an answer that was under way says nothing about a key that died meanwhile`() throws {
    let early = try #require(admitted(scopes, at: now))
    try fail(.keyRejected, at: now + 1)
    health.succeeded(early, at: now + 2)
    #expect(!isOpen(scopes, at: now + 2))
  }

  @Test func `but it shows that a model works after all`() throws {
    let early = try #require(admitted(scopes, at: now))
    try fail(.overloaded, at: now + 1)
    try fail(.overloaded, at: now + 1)
    health.succeeded(early, at: now + 2)
    #expect(isOpen(scopes, at: now + 2))
  }

  @Test func `failures at the same time are no failures in a row`() throws {
    let permits = try (1...8).map { _ in try #require(admitted(scopes, at: now)) }
    let rule = try #require(SetAsideRule(.rateLimited(retryAfterMilliseconds: 10_000, perDay: false)))
    let news = permits.enumerated().map { health.failed($1, rule, at: now + Int64($0)) }
    #expect(news.count { $0 != nil } == 1)
    #expect(health.obstacle(to: scopes, at: now + 10)?.until == now + 7 + 10_000)
  }

  @Test func `a graver word replaces a lighter one, and not the other way round`() throws {
    let permits = try (1...3).map { _ in try #require(admitted(scopes, at: now)) }
    let minute = try #require(SetAsideRule(TestChain.limited))
    let day = try #require(SetAsideRule(.rateLimited(retryAfterMilliseconds: nil, perDay: true)))
    _ = health.failed(permits[0], minute, at: now)
    _ = health.failed(permits[1], day, at: now)
    _ = health.failed(permits[2], minute, at: now)
    #expect(health.obstacle(to: scopes, at: now)?.reason == .rateLimitedDay)
  }

  @Test func `another kind of failure begins its own count`() throws {
    for time in [now, now, now + 2_000] { try fail(.overloaded, at: time) }
    #expect(health.obstacle(to: scopes, at: now + 2_000)?.until == now + 6_000)
    #expect(try fail(.modelGone, at: now + 6_000)?.until == now + 6_000 + 600_000)
  }

  @Test func `a leftover is forgotten`() throws {
    try fail(.keyRejected, at: now)
    let dayLater = now + 900_000 + 24 * 3_600_000 + 1
    #expect(admitted(scopes, at: dayLater) != nil && admitted(scopes, at: dayLater) != nil)
    #expect(try fail(.keyRejected, at: dayLater)?.until == dayLater + 900_000)
  }

  @Test func `a clock set back does not keep a key away for longer than six hours`() throws {
    try fail(.keyRejected, at: now)
    #expect(!isOpen(scopes, at: now - 5 * 3_600_000))
    #expect(isOpen(scopes, at: now - 6 * 3_600_000))
  }
}
