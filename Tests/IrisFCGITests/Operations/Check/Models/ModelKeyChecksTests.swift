import Testing

@testable import IrisFCGI
@testable import IrisSystem

@Suite struct ModelKeyChecksTests {
  private static let day: Int64 = 86_400_000
  private let folder: TemporaryFolder
  private let now = ManualClock.noon

  init() throws { folder = try TemporaryFolder() }

  private func findings(_ environment: [String: String], modified: Int64? = nil) throws -> [Finding] {
    var files = FileAccess.host
    if let modified {
      files.status = { (path) throws(FileError) in
        let real = try Files.status(of: path)
        let identity = FileStatus.Identity(
          device: 1, inode: 1, size: 1, modifiedNanoseconds: modified * 1_000_000)
        return FileStatus(
          kind: real.kind, identity: identity, permissions: real.permissions, ownerID: 1, groupID: 1)
      }
    }
    let loader = ConfigurationLoader(
      environment: Sample.environment(environment.merging(["IRIS_RUNTIME_DIR": folder.path]) { given, _ in given }),
      files: files)
    return ModelKeyChecks(try loader.load(), settings: loader.settings, files: files, now: now).findings()
  }

  private func told(_ environment: [String: String]) throws -> [String] {
    try findings(environment).map { "\($0.name): \($0.found)" }
  }

  @Test(arguments: [(90, 0), (91, 2), (400, 2)] as [(Int64, Int)])
  func `a key file that nobody changed for ninety days is worth a warning`(days: Int64, warnings: Int) throws {
    let gemini = try folder.write("gemini", "k")
    let backup = try folder.write("backup", "k")
    let found = try findings(
      [
        "IRIS_GEMINI_API_KEYS_FILE": gemini, "IRIS_BACKUP_API_KEY_FILE": backup,
        "IRIS_BACKUP_BASE_URL": "http://h", "IRIS_BACKUP_MODEL": "m",
      ], modified: now - days * Self.day)
    #expect(found.map(\.status) == Array(repeating: .warning, count: warnings))
    guard warnings > 0 else { return }
    #expect(found.map(\.found) == [gemini, backup].map { "\($0) has not changed for \(days) days" })
    #expect(found.allSatisfy { $0.advice?.contains("make a new key") == true })
  }

  @Test func `a key in the environment has no age`() throws {
    #expect(try findings(["IRIS_GEMINI_API_KEYS": "k"], modified: 0) == [])
  }

  @Test func `what the workers set aside is told with its reason and its end`() throws {
    let board = Scoreboard(directory: folder.path)
    let pause = { [now] (failure: ProviderFailure, scopes: RouteScopes) in
      guard case .granted(let permit) = board.routeHealth.admit(scopes, at: now, longest: 1_000) else { return }
      _ = board.routeHealth.failed(permit, try #require(SetAsideRule(failure)), at: now)
    }
    func scopes(_ model: String, _ key: String) -> RouteScopes {
      RouteScopes(base: "https://g.test", model: model, key: Secret(key))
    }
    try pause(.keyRejected, scopes("m-1", "planted-b"))
    try pause(.rateLimited(retryAfterMilliseconds: nil, perDay: true), scopes("m-2", "planted-a"))
    try pause(.modelGone, scopes("m-2", "other"))
    try pause(.unreachable(.name), RouteScopes(base: "http://b.test", model: "small", key: nil))
    let environment = [
      "IRIS_GEMINI_API_KEYS": "planted-a,planted-b", "IRIS_GEMINI_MODELS": "m-1,m-2",
      "IRIS_GEMINI_BASE_URL": "https://g.test", "IRIS_BACKUP_BASE_URL": "http://b.test/v1",
      "IRIS_BACKUP_MODEL": "small",
    ]
    #expect(
      try told(environment) == [
        "gemini: m-2 is set aside by the workers until 2026-11-21T12:10:00.000Z: model_gone",
        "gemini key 1: m-2 with this key is set aside by the workers until 2026-11-22T08:01:00.000Z: rate_limited_day",
        "gemini key 2: the key is set aside by the workers until 2026-11-21T12:15:00.000Z: key_rejected",
        "backup: the server is set aside by the workers until 2026-11-21T12:00:01.000Z: unreachable",
      ])
    #expect(try findings(environment).allSatisfy { $0.status == .warning && $0.advice != nil })
    // The file is only looked at.
    #expect(board.routeHealth.obstacle(to: scopes("m-1", "planted-b"), at: now) != nil)
  }

  @Test func `where there is no scoreboard nothing is told, and none is made`() throws {
    #expect(try told(["IRIS_GEMINI_API_KEYS": "k"]) == [])
    #expect(try Files.list(folder.path) == [])
  }

  @Test func `a budget needs the price of every model`() throws {
    let environment = [
      "IRIS_GEMINI_MODELS": "gemini-3.5-flash-lite,gemini-4-argon", "IRIS_BACKUP_BASE_URL": "http://b.test",
      "IRIS_BACKUP_MODEL": "small",
    ]
    #expect(try told(environment) == [])
    let bounded = environment.merging(["IRIS_DAILY_BUDGET": "5"]) { given, _ in given }
    #expect(
      try told(bounded) == [
        "budget: gemini-4-argon has no price, so its calls do not count towards IRIS_DAILY_BUDGET",
        "budget: small has no price, so its calls do not count towards IRIS_DAILY_BUDGET",
      ])
    let priced = bounded.merging(["IRIS_PRICES": "gemini-3.5-flash-lite=1/1;gemini-4-argon=2/2;small=0/0"]) { $1 }
    #expect(try told(priced) == [])
  }
}
