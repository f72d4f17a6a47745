import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Many workers, each with a mapping of its own of the one scoreboard.
struct ChainWorkersTests {
  private static let workers = 8
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Each worker's chats over models m1, m2 and keys a, b, c; what was asked, all workers together.
  private func calls(
    chats: Int, _ script: [String: [ProviderFailure?]], wall: Int64 = 0
  ) throws -> [String: Int] {
    let path = folder.path
    let all = try concurrently(Self.workers) { _ in
      let provider = ScriptedProvider(script)
      provider.clock.milliseconds += wall
      let chain = TestChain(
        provider, routes: TestChain.routes(provider, keys: ["a", "b", "c"]), scoreboard: Scoreboard(directory: path))
      #expect(chain.scoreboard.obstacle == nil)
      for _ in 1...chats { #expect(chain.ask().end == "m1") }
      return provider.calls
    }
    return all.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  @Test(
    arguments: [
      .rateLimited(retryAfterMilliseconds: nil, perDay: true), .rateLimited(retryAfterMilliseconds: nil, perDay: false),
      .keyRejected,
    ] as [ProviderFailure])
  func `of three keys two are used up: a thousand chats ask those a handful of times`(failure: ProviderFailure) throws {
    let calls = try calls(chats: 125, ["m1/a": [failure], "m1/b": [failure]])
    // At worst every worker is under way before the first learns.
    #expect((1...Self.workers).contains(calls["m1/a"] ?? 0))
    #expect((1...Self.workers).contains(calls["m1/b"] ?? 0))
    #expect(calls["m1/c"] == 1_000)
    // Those who come later, and know nothing by themselves, ask none of them.
    #expect(try self.calls(chats: 5, ["m1/a": [failure], "m1/b": [failure]]) == ["m1/c": 40])
  }

  @Test func `when the day is over, one of all workers tries each key again`() throws {
    let failure = ProviderFailure.rateLimited(retryAfterMilliseconds: nil, perDay: true)
    _ = try calls(chats: 1, ["m1/a": [failure], "m1/b": [failure]])
    let nextDay = try calls(chats: 25, ["m1/a": [failure], "m1/b": [failure]], wall: 21 * 3_600_000)
    #expect(nextDay == ["m1/a": 1, "m1/b": 1, "m1/c": 200])
  }

  @Test func `one of all workers raises the alert`() throws {
    let path = folder.path
    let alerts = try concurrently(Self.workers) { _ in
      let provider = ScriptedProvider(["m1/a": [.keyRejected]])
      let chain = TestChain(provider, scoreboard: Scoreboard(directory: path))
      return (1...20).reduce(0) { sum, _ in sum + chain.ask().attempts.count(where: \.raisesAlert) }
    }
    #expect(alerts.reduce(0, +) == 1)
  }

  @Test func `what was learned outlives the worker`() throws {
    let provider = ScriptedProvider(["m1/a": [.keyRejected]])
    _ = TestChain(provider, scoreboard: Scoreboard(directory: folder.path)).ask()
    let onlooker = try Scoreboard(existingIn: folder.path)
    let scopes = TestChain.routes(provider).map(\.scopes)
    let now = provider.clock.wall
    #expect(onlooker.routeHealth.obstacle(to: scopes[0], at: now)?.reason == .keyRejected)
    #expect(onlooker.routeHealth.obstacle(to: scopes[1], at: now) == nil)
    #expect(onlooker.providerCalls.counts(provider: "scripted", model: "m1").calls == [.key: 1, .ok: 1])
  }

  @Test func `no key stands in the file`() throws {
    let provider = ScriptedProvider(["m1/AQ.planted": [.keyRejected], "m2/AQ.planted": [.keyRejected]])
    let routes = TestChain.routes(provider, keys: ["AQ.planted"])
    _ = TestChain(provider, routes: routes, scoreboard: Scoreboard(directory: folder.path)).ask()
    let content = String(decoding: try Files.read(folder.path + "/scoreboard", limit: 1 << 22), as: UTF8.self)
    #expect(content.hasPrefix("IRISWORD") && !content.contains("planted"))
  }
}
