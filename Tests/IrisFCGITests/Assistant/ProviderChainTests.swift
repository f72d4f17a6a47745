import IrisDomain
import Testing

@testable import IrisFCGI

/// A provider that answers by a script: `model/key` → what each call to it comes to, the last repeated. Each call takes
/// the given time of a clock that stands still otherwise.
final class ScriptedProvider: ModelProvider {
  let name: String
  private let script: [String: [ProviderFailure?]]
  private let callMilliseconds: Int64
  private(set) var calls: [String] = []
  private(set) var allowances: [Int] = []
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
    allowances.append(allowance.total)
    clock.milliseconds += min(callMilliseconds, Int64(allowance.total))
    let outcomes = script[route] ?? [nil]
    if let failure = outcomes[min(earlier, outcomes.count - 1)] { throw failure }
    return Answer(text: "\(name) \(route)", finish: .complete)
  }
}

final class ManualClock {
  var milliseconds: Int64 = 1_000_000
}

struct ProviderChainTests {
  static let limited = ProviderFailure.rateLimited(retryAfterMilliseconds: 34_400, perDay: false)

  /// Runs the script over models m1, m2 and keys a, b, and says how it ended and which calls were made.
  static func run(_ script: [String: [ProviderFailure?]]) -> (end: String, calls: [String]) {
    let provider = ScriptedProvider(script)
    let chain = ProviderChain(routes: routes(provider)) { provider.clock.milliseconds }
    return (end(chain.answer(GeminiRequestTests.prompt(), deadline: 1_030_000, live: LiveAnswer())), provider.calls)
  }

  static func routes(_ provider: ScriptedProvider) -> [ModelRoute] {
    ModelRoute.all(provider: provider, models: ["m1", "m2"], keys: [Secret("a"), Secret("b")])
  }

  static func end(_ outcome: ProviderChain.Outcome) -> String {
    switch outcome {
    case .answered(_, let model, _): model
    case .exhausted: "exhausted"
    case .broken: "broken"
    case .clientGone: "client gone"
    }
  }

  static let policy: [(String, [String: [ProviderFailure?]], end: String, calls: [String])] = [
    ("the first route answers", [:], "m1", ["m1/a"]),
    ("a dead key gives way to the next", ["m1/a": [.keyRejected]], "m1", ["m1/a", "m1/b"]),
    (
      "a dead key is not tried with the next model", ["m1/a": [.forbidden], "m1/b": [.modelGone]], "m2",
      ["m1/a", "m1/b", "m2/b"]
    ),
    (
      "all keys dead: nothing else is tried", ["m1/a": [.keyRejected], "m1/b": [.creditExhausted]], "exhausted",
      ["m1/a", "m1/b"]
    ),
    ("a gone model is not asked with the next key", ["m1/a": [.modelGone]], "m2", ["m1/a", "m2/a"]),
    (
      "a quota belongs to the pair of model and key", ["m1/a": [limited], "m1/b": [limited]], "m2",
      ["m1/a", "m1/b", "m2/a"]
    ),
    ("a passing fault is tried once more", ["m1/a": [.transient(status: 500), nil]], "m1", ["m1/a", "m1/a"]),
    ("and then the next model", ["m1/a": [.overloaded]], "m2", ["m1/a", "m1/a", "m2/a"]),
    (
      "one retry for a model, with whichever key", ["m1/a": [.overloaded, limited], "m1/b": [.overloaded]], "m2",
      ["m1/a", "m1/a", "m1/b", "m2/a"]
    ),
    (
      "a storm ends after one retry for each model", ["m1/a": [.overloaded], "m2/a": [.overloaded]], "exhausted",
      ["m1/a", "m1/a", "m2/a", "m2/a"]
    ),
    ("a reset connection is tried once more", ["m1/a": [.unreachable(.interruption), nil]], "m1", ["m1/a", "m1/a"]),
    ("no way to the host: no model is", ["m1/a": [.unreachable(.name)]], "exhausted", ["m1/a"]),
    ("a refused request is refused everywhere", ["m1/a": [.badRequest]], "exhausted", ["m1/a"]),
    ("no text: the next model", ["m1/a": [.empty]], "m2", ["m1/a", "m2/a"]),
    ("garbage: the next model", ["m1/a": [.malformed]], "m2", ["m1/a", "m2/a"]),
    ("an unknown ending: the next model", ["m1/a": [.unfinished(.unknown)]], "m2", ["m1/a", "m2/a"]),
    ("a client that left ends it", ["m1/a": [.clientGone]], "client gone", ["m1/a"]),
    ("also during the retry", ["m1/a": [.overloaded, .clientGone]], "client gone", ["m1/a", "m1/a"]),
  ]

  @Test(arguments: policy.indices) func `each failure leads to the route that may still help`(row: Int) {
    let (name, script, end, calls) = Self.policy[row]
    let result = Self.run(script)
    #expect(result.end == end, "\(name)")
    #expect(result.calls == calls, "\(name)")
  }

  @Test func `whatever happens, the calls are bounded and no route is asked more than twice`() {
    let failures: [ProviderFailure] = [
      .keyRejected, Self.limited, .overloaded, .modelGone, .empty, .badRequest, .unreachable(.interruption),
    ]
    for first in failures {
      for second in failures {
        let result = Self.run([
          "m1/a": [first, second], "m1/b": [second, first], "m2/a": [second], "m2/b": [first],
        ])
        #expect(result.end == "exhausted")
        #expect(result.calls.count <= 8)
        #expect(Set(result.calls).allSatisfy { call in result.calls.count { $0 == call } <= 2 })
      }
    }
  }

  @Test func `attempts tell the story without keys`() throws {
    let provider = ScriptedProvider(callMilliseconds: 40, ["m1/a": [.keyRejected]])
    let chain = ProviderChain(routes: Self.routes(provider)) { provider.clock.milliseconds }
    let outcome = chain.answer(GeminiRequestTests.prompt(), deadline: 1_030_000, live: LiveAnswer())
    guard case .answered(let answer, _, let attempts) = outcome else {
      Issue.record("no answer: \(outcome)")
      return
    }
    #expect(answer.text == "scripted m1/b")
    #expect(
      attempts == [
        ProviderAttempt(provider: "scripted", model: "m1", keyNumber: 1, milliseconds: 40, failure: .keyRejected),
        ProviderAttempt(provider: "scripted", model: "m1", keyNumber: 2, milliseconds: 40, failure: nil),
      ])
  }

  @Test func `each attempt gets what is left of the one deadline`() {
    let provider = ScriptedProvider(callMilliseconds: 9_000, ["m1/a": [.overloaded], "m2/a": [.overloaded]])
    let chain = ProviderChain(routes: Self.routes(provider)) { provider.clock.milliseconds }
    let outcome = chain.answer(GeminiRequestTests.prompt(), deadline: 1_020_000, live: LiveAnswer())
    #expect(provider.allowances == [20_000, 11_000, 2_000])
    #expect(provider.clock.milliseconds == 1_020_000)
    #expect(Self.end(outcome) == "exhausted")
  }

  @Test(arguments: [(-1, 0), (0, 0), (249, 0), (250, 1)] as [(Int64, Int)])
  func `no attempt starts that has no time to finish`(left: Int64, calls: Int) {
    let provider = ScriptedProvider([:])
    let chain = ProviderChain(routes: Self.routes(provider)) { provider.clock.milliseconds }
    _ = chain.answer(GeminiRequestTests.prompt(), deadline: 1_000_000 + left, live: LiveAnswer())
    #expect(provider.calls.count == calls)
  }

  @Test func `another provider is asked when one is out of reach`() {
    let clock = ManualClock()
    let first = ScriptedProvider(name: "first", clock: clock, ["m1/a": [.unreachable(.connection)]])
    let backup = ScriptedProvider(name: "backup", clock: clock, [:])
    let routes = Self.routes(first) + [ModelRoute(provider: backup, model: "m1", key: nil, keyNumber: 1)]
    let chain = ProviderChain(routes: routes) { clock.milliseconds }
    let outcome = chain.answer(GeminiRequestTests.prompt(), deadline: 1_030_000, live: LiveAnswer())
    #expect(Self.end(outcome) == "m1")
    #expect(first.calls == ["m1/a"])
    #expect(backup.calls == ["m1/-"])
  }

  @Test func `without routes it is exhausted at once`() {
    let chain = ProviderChain(routes: []) { 0 }
    #expect(Self.end(chain.answer(GeminiRequestTests.prompt(), deadline: 30_000, live: LiveAnswer())) == "exhausted")
  }
}
