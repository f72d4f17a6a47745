import IrisSystem
import Testing

/// Scripts of several statements, and hosts of which one is silent.
@Suite(.enabled(if: PostgresServer.isExpected, "IRIS_TEST_DATABASE_URL is not set")) struct PostgresScriptTests {
  private let connection: PostgresConnection

  init() throws { connection = try PostgresServer.connect() }

  private func failure(_ script: String, milliseconds: Int64 = 10_000) -> PostgresError? {
    do {
      try connection.runScript(script, deadline: PostgresServer.deadline(milliseconds: milliseconds))
      return nil
    } catch {
      return error
    }
  }

  private func count() throws -> Int? {
    try connection.run("SELECT count(*) FROM t", deadline: PostgresServer.deadline()).integer(0)
  }

  @Test func `all statements run, or none remain`() throws {
    #expect(
      failure("CREATE TEMPORARY TABLE t (x int); BEGIN; INSERT INTO t VALUES (1); SELECT * FROM t; COMMIT;") == nil)
    #expect(try count() == 1)
    guard case .refused("22012", _) = failure("BEGIN; INSERT INTO t VALUES (2); SELECT 1/0; COMMIT;") else {
      Issue.record("not refused")
      return
    }
    #expect(!connection.isAlive, "the transaction is still open")
    #expect(failure("ROLLBACK") == nil)
    #expect(try count() == 1 && connection.isAlive)
  }

  @Test func `beyond its deadline a script is cancelled and does not go on by itself`() throws {
    #expect(failure("CREATE TEMPORARY TABLE t (x int)") == nil)
    let start = Clock.monotonicMicroseconds
    let late = failure("BEGIN; INSERT INTO t VALUES (1); SELECT pg_sleep(5); COMMIT;", milliseconds: 300)
    guard case .refused("57014", _) = late else {
      Issue.record("\(String(describing: late))")
      return
    }
    #expect((280_000...3_000_000).contains(Clock.monotonicMicroseconds - start))
    #expect(failure("ROLLBACK") == nil)
    #expect(try count() == 0)
  }

  @Test func `a host that is silent hides no other`() throws {
    let silent = try PostgresImpostor { _ = LocalSocket.receiveAll($0) }
    defer { withExtendedLifetime(silent) {} }
    let directory = try #require(silent.conninfo.split(separator: " ").first?.dropFirst("host=".count))
    guard let at = PostgresServer.url.firstRange(of: "host=")?.upperBound else { return }
    let both = PostgresServer.url[..<at] + directory + "," + PostgresServer.url[at...]
    let start = Clock.monotonicMicroseconds
    let found = try PostgresConnection(
      conninfo: String(both), prepares: false, deadline: PostgresServer.deadline(milliseconds: 1_000))
    #expect(found.isAlive && found.host == 1)
    #expect((400_000...950_000).contains(Clock.monotonicMicroseconds - start))
    // Who knows which one answers begins there.
    let next = try PostgresConnection(
      conninfo: String(both), prepares: false, startingAt: found.host,
      deadline: PostgresServer.deadline(milliseconds: 1_000))
    #expect(next.host == 1 && Clock.monotonicMicroseconds - start < 2_000_000)
  }
}
