import IrisSystem

/// Whether Iris is well: `live` for a process manager, `health` for a monitor.
enum HealthEndpoint {
  private static let alive = Response(
    status: 200, fields: [Response.Field(name: "Content-Type", value: "application/json")],
    body: Array(#"{"status":"ok"}"#.utf8))

  /// The worker runs; no I/O.
  static func live(_ call: Call) -> Response { alive }

  private struct Health: Encodable {
    let status: String
    let checks: Checks
    let version: String
    let uptimeS: Int64

    struct Checks: Encodable {
      let database: String
      let gemini: String
      let auth: String
      let memory: String
    }
  }

  /// Private memory from which a worker counts as bloated; a healthy one has a few MiB.
  private static let muchMemory: UInt64 = 256 << 20
  /// Chats in a row without a model from which its check fails.
  private static let manyFailures: UInt64 = 3

  /// What is known: a query to the database, never a call of the model. Every check is one word.
  /// `down` means that nothing can be kept any more, neither in the database nor in the spool.
  static func health(_ call: Call) throws -> Response {
    let checks = Health.Checks(
      database: databaseAnswers(call) ? "ok" : "down", gemini: gemini(call),
      auth: call.services.tokens.isConfigured ? "ok" : "unconfigured",
      memory: (HostProcess.memory()?.privateBytes ?? 0) < muchMemory ? "ok" : "high")
    // Chat goes on without the database while the spool keeps what it would have kept.
    let isDown = checks.database == "down" && !call.services.spool.isWritable
    let isWell = [checks.database, checks.gemini, checks.auth, checks.memory].allSatisfy { $0 == "ok" }
    let health = Health(
      status: isDown ? "down" : isWell ? "ok" : "degraded", checks: checks, version: Version.number,
      uptimeS: (Clock.monotonicMicroseconds - call.services.startedAt) / 1_000_000)
    var response = try Response.json(health, status: isDown ? 503 : 200)
    if isDown { response.add("Retry-After", "2") }
    return response
  }

  private static func databaseAnswers(_ call: Call) -> Bool {
    (try? call.services.database.run("SELECT 1", repeatable: true).integer(0)) == 1
  }

  /// Failing while every way to Gemini is set aside, and when many chats in a row found no model.
  private static func gemini(_ call: Call) -> String {
    if call.configuration.gemini.keys.isEmpty { return "unconfigured" }
    let services = call.services
    let ways = services.routes(withinBudget: true).filter { $0.provider is Gemini }
    let isOpen = ways.contains { services.obstacle(to: $0) == nil }
    return isOpen && services.scoreboard.modelFailures.load() < manyFailures ? "ok" : "failing"
  }
}
