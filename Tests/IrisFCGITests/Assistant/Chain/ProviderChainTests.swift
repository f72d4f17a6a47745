import IrisDomain
import Testing

@testable import IrisFCGI

/// One chat on its own: what is asked after what.
struct ProviderChainTests {
  static let limited = TestChain.limited

  static func run(_ script: [String: [ProviderFailure?]]) -> (end: String, calls: [String]) {
    let provider = ScriptedProvider(script)
    return (TestChain(provider).ask().end, provider.calls)
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
    ("after a passing fault the next model is asked at once", ["m1/a": [.overloaded]], "m2", ["m1/a", "m2/a"]),
    (
      "the last model is tried once more", ["m1/a": [.overloaded], "m2/a": [.transient(status: 500), nil]], "m2",
      ["m1/a", "m2/a", "m2/a"]
    ),
    (
      "a storm ends after one retry", ["m1/a": [.overloaded], "m2/a": [.overloaded]], "exhausted",
      ["m1/a", "m2/a", "m2/a"]
    ),
    (
      "so do resets", ["m1/a": [.unreachable(.interruption)], "m2/a": [.unreachable(.interruption), nil]], "m2",
      ["m1/a", "m2/a", "m2/a"]
    ),
    (
      "used-up keys are no other route",
      ["m1/a": [limited], "m1/b": [limited], "m2/a": [.overloaded, nil]], "m2", ["m1/a", "m1/b", "m2/a", "m2/a"]
    ),
    ("no way to the host: no model is", ["m1/a": [.unreachable(.name)]], "exhausted", ["m1/a"]),
    ("a refused request is refused everywhere", ["m1/a": [.badRequest]], "exhausted", ["m1/a"]),
    ("no text: the next model", ["m1/a": [.empty]], "m2", ["m1/a", "m2/a"]),
    ("garbage: the next model", ["m1/a": [.malformed]], "m2", ["m1/a", "m2/a"]),
    ("an unknown ending: the next model", ["m1/a": [.unfinished(.unknown)]], "m2", ["m1/a", "m2/a"]),
    ("a client that left ends it", ["m1/a": [.clientGone]], "client gone", ["m1/a"]),
    (
      "also during the retry", ["m1/a": [.overloaded], "m2/a": [.overloaded, .clientGone]], "client gone",
      ["m1/a", "m2/a", "m2/a"]
    ),
  ]

  @Test(arguments: policy.indices) func `each failure leads to the route that may still help`(row: Int) {
    let (name, script, end, calls) = Self.policy[row]
    let result = Self.run(script)
    #expect(result.end == end, "\(name)")
    #expect(result.calls == calls, "\(name)")
  }

  @Test func `whatever happens, no more than one call goes beyond one for each route`() {
    let failures: [ProviderFailure] = [
      .keyRejected, Self.limited, .overloaded, .modelGone, .empty, .badRequest, .unreachable(.interruption),
    ]
    for first in failures {
      for second in failures {
        let result = Self.run([
          "m1/a": [first, second], "m1/b": [second, first], "m2/a": [second], "m2/b": [first],
        ])
        #expect(result.end == "exhausted")
        #expect(result.calls.count <= Set(result.calls).count + 1)
      }
    }
  }

  @Test func `a retry comes after a pause, which shows signs of life and ends with the client`() {
    let provider = ScriptedProvider(["m1/a": [.overloaded], "m2/a": [.overloaded, nil]])
    let chain = TestChain(provider)
    var heartbeats = 0
    let live = LiveAnswer(heartbeat: {
      heartbeats += 1
      return true
    })
    #expect(chain.ask(live: live).end == "m2")
    #expect(chain.pauses == [250, 50])
    #expect(heartbeats == 3)

    for leaves in ["the connection", "the reader"] {
      let provider = ScriptedProvider(["m1/a": [.overloaded], "m2/a": [.overloaded]])
      let chain = TestChain(provider)
      chain.staysDuringPause = leaves != "the connection"
      let outcome = chain.ask(live: LiveAnswer(heartbeat: { leaves != "the reader" }))
      #expect(outcome.end == "client gone", "\(leaves)")
      #expect(provider.calls == ["m1/a", "m2/a"])
    }
  }

  @Test func `there is no retry without time for it`() {
    let provider = ScriptedProvider(callMilliseconds: 29_500, ["m1/a": [.modelGone], "m2/a": [.overloaded]])
    let chain = TestChain(provider, routes: [TestChain.routes(provider)[2]])
    #expect(chain.ask().end == "exhausted")
    #expect(provider.calls == ["m2/a"] && chain.pauses.isEmpty)
  }

  @Test func `the same route is tried again before the backup is`() {
    let clock = ManualClock()
    let gemini = ScriptedProvider(name: "gemini", clock: clock, ["m1/a": [.overloaded]])
    let backup = ScriptedProvider(name: "backup", clock: clock, ["m3/-": [.overloaded, nil]])
    let chain = TestChain(gemini, routes: [TestChain.routes(gemini)[0], TestChain.backup(backup)])
    #expect(chain.ask().end == "m3")
    #expect(gemini.calls == ["m1/a", "m1/a"])
    #expect(backup.calls == ["m3/-", "m3/-"])
  }

  @Test func `attempts tell the story without keys`() throws {
    let provider = ScriptedProvider(callMilliseconds: 40, ["m1/a": [.keyRejected]])
    let outcome = TestChain(provider).ask()
    guard case .answered(let answer, _, let attempts) = outcome else {
      Issue.record("no answer: \(outcome)")
      return
    }
    #expect(answer.text == "scripted m1/b")
    #expect(
      attempts == [
        ProviderAttempt(
          provider: "scripted", model: "m1", keyNumber: 1, milliseconds: 40, failure: .keyRejected, raisesAlert: true,
          setAsideUntil: ManualClock.noon + 40 + 900_000),
        ProviderAttempt(provider: "scripted", model: "m1", keyNumber: 2, milliseconds: 40, failure: nil),
      ])
  }

  @Test func `a model that hangs leaves time for the others, the last has all of it`() {
    let clock = ManualClock()
    let gemini = ScriptedProvider(
      name: "gemini", clock: clock, callMilliseconds: 99_000, ["m1/a": [.timedOut], "m2/a": [.timedOut]])
    let backup = ScriptedProvider(name: "backup", clock: clock, callMilliseconds: 99_000, ["m3/-": [.timedOut]])
    let outcome = TestChain(gemini, routes: TestChain.routes(gemini) + [TestChain.backup(backup)]).ask()
    #expect(gemini.allowances == [.init(patience: 15_000, total: 30_000), .init(patience: 7_500, total: 15_000)])
    #expect(backup.allowances == [.init(patience: 7_500, total: 7_500)])
    #expect(outcome.end == "exhausted" && clock.milliseconds == 1_030_000)
  }

  @Test(arguments: [(8, 5_000), (5, 5_000), (3, 3_000)] as [(Int64, Int)])
  func `an attempt is given five seconds where they are there`(seconds: Int64, patience: Int) {
    let provider = ScriptedProvider([:])
    _ = TestChain(provider).ask(seconds: seconds)
    #expect(provider.allowances == [AttemptAllowance(patience: patience, total: Int(seconds) * 1_000)])
  }

  @Test func `keys of one model are no alternative to it, nor is what is set aside`() {
    let provider = ScriptedProvider([:])
    let chain = TestChain(provider, routes: Array(TestChain.routes(provider)[0...1]))
    _ = chain.ask()
    #expect(provider.allowances.last?.patience == 30_000)

    let other = ScriptedProvider(["m2/a": [.modelGone]])
    let board = Scoreboard(directory: "/none")
    _ = TestChain(other, routes: [TestChain.routes(other)[2]], scoreboard: board).ask()
    _ = TestChain(other, scoreboard: board).ask()
    #expect(other.calls == ["m2/a", "m1/a"])
    #expect(other.allowances.last?.patience == 30_000)
  }

  @Test(arguments: [(-1, 0), (0, 0), (249, 0), (250, 1)] as [(Int64, Int)])
  func `no attempt starts that has no time to finish`(left: Int64, calls: Int) {
    let provider = ScriptedProvider([:])
    let clock = provider.clock
    let surroundings = ChainSurroundings(
      now: { clock.milliseconds }, wallClock: { clock.wall }, random: { $0.lowerBound }, pause: { _, _ in true })
    let chain = ProviderChain(
      routes: TestChain.routes(provider), scoreboard: Scoreboard(directory: "/none"), surroundings: surroundings
    ) { _, _, _ in }
    _ = chain.answer(GeminiRequestTests.prompt(), deadline: 1_000_000 + left, live: LiveAnswer())
    #expect(provider.calls.count == calls)
  }

  @Test func `another provider is asked when one is out of reach`() {
    let clock = ManualClock()
    let first = ScriptedProvider(name: "first", clock: clock, ["m1/a": [.unreachable(.connection)]])
    let backup = ScriptedProvider(name: "backup", clock: clock, [:])
    #expect(TestChain(first, routes: TestChain.routes(first) + [TestChain.backup(backup)]).ask().end == "m3")
    #expect(first.calls == ["m1/a"])
    #expect(backup.calls == ["m3/-"])
  }

  @Test func `once text went out nothing else is tried`() {
    let provider = ScriptedProvider(["m1/a": [.overloaded]])
    provider.text = "Bonjour"
    #expect(TestChain(provider).ask().end == "broken")
    #expect(provider.calls == ["m1/a"])
  }

  @Test func `without routes it is exhausted at once`() {
    let outcome = TestChain(ScriptedProvider([:]), routes: []).ask()
    #expect(outcome.end == "exhausted" && outcome.attempts.isEmpty && outcome.skipped.isEmpty)
  }
}
