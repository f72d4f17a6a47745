import IrisDomain
import Testing

@testable import IrisFCGI

/// What chats learn from those before them.
struct ChainHealthTests {
  @Test func `a key that is used up for the day is asked once, until midnight in California`() {
    let provider = ScriptedProvider(["m1/a": [.rateLimited(retryAfterMilliseconds: 1, perDay: true), nil]])
    let chain = TestChain(provider)
    for _ in 1...20 { #expect(chain.ask().end == "m1") }
    #expect(provider.calls.count { $0 == "m1/a" } == 1)
    chain.clock.milliseconds += 20 * 3_600_000 + 59_999
    #expect(chain.ask().attempts.first?.keyNumber == 2)
    chain.clock.milliseconds += 1
    #expect(chain.ask().attempts.first?.keyNumber == 1)
  }

  @Test func `all set aside: nothing is waited for, and the outcome says what was skipped`() {
    let clock = ManualClock()
    let gemini = ScriptedProvider(
      name: "gemini", clock: clock, ["m1/a": [TestChain.limited], "m1/b": [.keyRejected], "m2/a": [.modelGone]])
    let backup = ScriptedProvider(name: "backup", clock: clock, ["m3/-": [.unreachable(.connection)]])
    let chain = TestChain(gemini, routes: TestChain.routes(gemini) + [TestChain.backup(backup)])
    #expect(chain.ask().attempts.count == 4)
    let before = clock.milliseconds
    let outcome = chain.ask()
    #expect(outcome.end == "exhausted" && outcome.attempts.isEmpty)
    #expect(clock.milliseconds == before && chain.pauses.isEmpty)
    #expect(
      outcome.skipped.map { "\($0.provider) \($0.model) \($0.keyNumber) \($0.obstacle.reason.logWord)" } == [
        "gemini m1 1 rate_limited", "gemini m1 2 key_rejected", "gemini m2 1 model_gone", "gemini m2 2 key_rejected",
        "backup m3 1 unreachable",
      ])
    #expect(outcome.skipped.last?.obstacle.until == clock.wall + 1_000)
  }

  @Test func `the alert and its line come once, however often the key fails`() {
    let provider = ScriptedProvider(["m1/a": [.keyRejected], "m1/b": [.keyRejected]])
    let chain = TestChain(provider)
    let alerts = (1...5).map { _ in
      defer { chain.clock.milliseconds += 7 * 3_600_000 }
      return chain.ask().attempts.filter(\.raisesAlert).map(\.keyNumber)
    }
    #expect(alerts == [[1, 2], [], [], [], []])
    #expect(provider.calls.count == 10)
    #expect(
      chain.lines == [
        "error a model key was set aside provider=scripted key_number=1 reason=key_rejected until=2026-11-21T12:15:00.000Z",
        "error a model key was set aside provider=scripted key_number=2 reason=key_rejected until=2026-11-21T12:15:00.000Z",
      ])
  }

  @Test func `a model that is gone is told by its name`() {
    let chain = TestChain(ScriptedProvider(["m1/a": [.modelGone]]))
    #expect(chain.ask().attempts.map(\.raisesAlert) == [true, false])
    #expect(
      chain.lines == [
        "error a model was set aside provider=scripted model=m1 reason=model_gone until=2026-11-21T12:10:00.000Z"
      ])
  }

  @Test(arguments: [TestChain.limited, .overloaded, .empty, .unreachable(.name), .badRequest, .timedOut])
  func `what passes by itself raises no alert`(failure: ProviderFailure) {
    let chain = TestChain(ScriptedProvider(["m1/a": [failure], "m2/a": [failure]]))
    for _ in 1...5 { #expect(chain.ask().attempts.allSatisfy { !$0.raisesAlert && $0.setAsideUntil == nil }) }
    #expect(chain.lines.isEmpty)
  }

  @Test func `a rotated key starts without a past`() {
    let clock = ManualClock()
    let board = Scoreboard(directory: "/none")
    let provider = ScriptedProvider(clock: clock, ["m1/old": [.keyRejected], "m2/old": [.keyRejected]])
    func ask(_ key: String) -> String {
      TestChain(provider, routes: TestChain.routes(provider, keys: [key]), scoreboard: board).ask().end
    }
    #expect(ask("old") == "exhausted")
    #expect(ask("new") == "m1")
  }

  @Test func `a refused request and a client that left are held against nobody`() {
    for failure in [ProviderFailure.badRequest, .clientGone] {
      let provider = ScriptedProvider(["m1/a": [failure]])
      let chain = TestChain(provider)
      for _ in 1...5 { _ = chain.ask() }
      #expect(provider.calls.count == 5)
    }
  }

  @Test func `a stream that breaks after text counts like any failure`() {
    let provider = ScriptedProvider(["m1/a": [.transient(status: 500)]])
    provider.text = "Bonjour"
    let chain = TestChain(provider)
    #expect((1...3).map { _ in chain.ask().end } == ["broken", "broken", "m2"])
  }

  @Test func `in a storm the model rests, and one chat finds out when it is over`() {
    let provider = ScriptedProvider(["m1/a": [.overloaded, .overloaded, nil]])
    let chain = TestChain(provider)
    #expect((1...5).map { _ in chain.ask().end } == ["m2", "m2", "m2", "m2", "m2"])
    #expect(provider.calls.count { $0.hasPrefix("m1") } == 2)
    chain.clock.milliseconds += 2_000
    #expect(chain.ask().end == "m1" && chain.ask().end == "m1")
  }

  @Test func `every call is counted once by what it came to`() {
    let provider = ScriptedProvider([
      "m1/a": [.keyRejected], "m1/b": [TestChain.limited], "m2/b": [.timedOut, nil, nil],
    ])
    let chain = TestChain(provider)
    for _ in 1...3 { _ = chain.ask() }
    let calls = chain.scoreboard.providerCalls
    #expect(calls.counts(provider: "scripted", model: "m1").calls == [.key: 1, .rateLimited: 1])
    #expect(calls.counts(provider: "scripted", model: "m2").calls == [.timeout: 1, .ok: 2])
    #expect(calls.counts(provider: "scripted", model: "m3").calls == [:])
  }
}
