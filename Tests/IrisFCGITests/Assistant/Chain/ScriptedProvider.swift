import IrisDomain

@testable import IrisFCGI

/// A provider that answers by a script: `model/key` → what each call to it comes to, the last repeated. Each call takes
/// the given time of a clock that stands still otherwise.
final class ScriptedProvider: ModelProvider {
  let name: String
  var script: [String: [ProviderFailure?]]
  /// Goes out before the call comes to what it comes to.
  var text: String?
  private let callMilliseconds: Int64
  private(set) var calls: [String] = []
  private(set) var allowances: [AttemptAllowance] = []
  let clock: ManualClock

  init(
    name: String = "scripted", clock: ManualClock = ManualClock(), callMilliseconds: Int64 = 0,
    _ script: [String: [ProviderFailure?]]
  ) {
    self.name = name
    self.clock = clock
    self.callMilliseconds = callMilliseconds
    self.script = script
  }

  func answer(
    _ prompt: Prompt, model: String, key: Secret?, allowance: AttemptAllowance, live: LiveAnswer
  ) throws(ProviderFailure) -> Answer {
    let route = "\(model)/\(key?.exposed ?? "-")"
    let earlier = calls.count { $0 == route }
    calls.append(route)
    allowances.append(allowance)
    clock.milliseconds += min(callMilliseconds, Int64(allowance.patience))
    if let text { _ = live.append(text) }
    let outcomes = script[route] ?? [nil]
    if let failure = outcomes[min(earlier, outcomes.count - 1)] { throw failure }
    return Answer(text: "\(name) \(route)", finish: .complete)
  }
}

/// Both clocks of the chain: the monotonic one counts from the start of the tests' day.
final class ManualClock {
  /// 2026-11-21T12:00:00Z, in the middle of a day of California.
  static let noon: Int64 = 1_795_262_400_000

  var milliseconds: Int64 = 1_000_000
  var wall: Int64 { Self.noon + milliseconds - 1_000_000 }
}

/// A chain over scripted providers, with clocks that stand, pauses that take no time and chance that is none.
final class TestChain {
  static let limited = ProviderFailure.rateLimited(retryAfterMilliseconds: 34_400, perDay: false)

  let clock: ManualClock
  let scoreboard: Scoreboard
  private(set) var pauses: [Int] = []
  private(set) var lines: [String] = []
  /// Whether the client is still there after a pause.
  var staysDuringPause = true
  private let routes: [ModelRoute]

  /// - Parameter routes: by default models m1 and m2 of the provider, with keys a and b.
  init(
    _ provider: ScriptedProvider, routes: [ModelRoute]? = nil, scoreboard: Scoreboard = Scoreboard(directory: "/none")
  ) {
    clock = provider.clock
    self.scoreboard = scoreboard
    self.routes = routes ?? Self.routes(provider)
  }

  static func routes(_ provider: ScriptedProvider, keys: [String] = ["a", "b"]) -> [ModelRoute] {
    ModelRoute.all(
      provider: provider, base: "https://\(provider.name).test", models: ["m1", "m2"], keys: keys.map { Secret($0) })
  }

  static func backup(_ provider: ScriptedProvider) -> ModelRoute {
    ModelRoute(provider: provider, base: "http://backup.test", model: "m3", key: nil)
  }

  func ask(seconds: Int64 = 30, live: LiveAnswer = LiveAnswer()) -> ProviderChain.Outcome {
    let surroundings = ChainSurroundings(
      now: { [clock] in clock.milliseconds }, wallClock: { [clock] in clock.wall }, random: { $0.lowerBound + 100 },
      pause: { [self] milliseconds, _ in
        pauses.append(milliseconds)
        clock.milliseconds += Int64(milliseconds)
        return staysDuringPause
      })
    let chain = ProviderChain(routes: routes, scoreboard: scoreboard, surroundings: surroundings) { [self] in
      lines.append("\($0.rawValue) \($1) \($2.map { "\($0.0)=\(Self.text($0.1))" }.joined(separator: " "))")
    }
    return chain.answer(GeminiRequestTests.prompt(), deadline: clock.milliseconds + seconds * 1_000, live: live)
  }

  private static func text(_ value: Log.Value) -> String {
    switch value {
    case .text(let text): text
    case .number(let number): "\(number)"
    case .decimal(let number): "\(number)"
    case .flag(let flag): "\(flag)"
    case .object(let members): members.map { "\($0.0)=\(text($0.1))" }.joined(separator: " ")
    }
  }
}

extension ProviderChain.Outcome {
  /// The model that answered, or how it ended without.
  var end: String {
    switch self {
    case .answered(_, let model, _): model
    case .exhausted: "exhausted"
    case .broken: "broken"
    case .clientGone: "client gone"
    }
  }

  var attempts: [ProviderAttempt] {
    switch self {
    case .answered(_, _, let attempts), .exhausted(let attempts, _), .broken(_, _, let attempts): attempts
    case .clientGone(_, let attempts): attempts
    }
  }

  var skipped: [SkippedRoute] {
    guard case .exhausted(_, let skipped) = self else { return [] }
    return skipped
  }
}
