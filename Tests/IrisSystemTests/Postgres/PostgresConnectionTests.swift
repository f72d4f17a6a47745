import IrisSystem
import Testing

/// `PostgresConnection` and `PostgresResult` against a real server.
@Suite(.enabled(if: PostgresServer.isExpected, "IRIS_TEST_DATABASE_URL is not set")) struct PostgresConnectionTests {
  private let connection: PostgresConnection

  init() throws { connection = try PostgresServer.connect() }

  private func run(_ sql: String, _ parameters: [String?] = [], milliseconds: Int64 = 10_000) throws -> PostgresResult {
    try connection.run(sql, parameters, deadline: PostgresServer.deadline(milliseconds: milliseconds))
  }

  private func failure(_ sql: String, _ parameters: [String?] = [], milliseconds: Int64 = 10_000) -> PostgresError? {
    do {
      _ = try run(sql, parameters, milliseconds: milliseconds)
      return nil
    } catch {
      return error as? PostgresError
    }
  }

  @Test func `rows and columns, and nothing outside of them`() throws {
    let result = try run("SELECT n, 'é' || n, n > 1, NULL, '' FROM generate_series(1, 3) n")
    #expect(result.rowCount == 3 && result.columnCount == 5 && result.affectedRows == 3)
    #expect(result.integer(0) == 1 && result.text(1, row: 1) == "é2" && result.integer(1) == nil)
    #expect(result.boolean(2) == false && result.boolean(2, row: 2) == true)
    #expect(result.text(3) == nil && result.boolean(3) == nil && result.text(4)?.isEmpty == true)
    for (column, row) in [(0, 3), (0, -1), (5, 0), (-1, 0), (.max, .max)] {
      #expect(result.text(column, row: row) == nil)
    }
  }

  @Test func `an empty result has no values`() throws {
    let result = try run("SELECT 1 WHERE false")
    #expect(result.rowCount == 0 && result.columnCount == 1 && result.text(0) == nil)
  }

  @Test func `statements tell how many rows they touched`() throws {
    _ = try run("CREATE TEMPORARY TABLE t (x int)")
    let added = try run("INSERT INTO t SELECT generate_series(1, 7)").affectedRows
    let changed = try run("UPDATE t SET x = 0 WHERE x > 4").affectedRows
    let removed = try run("DELETE FROM t WHERE x = $1::int", ["99"]).affectedRows
    #expect(added == 7 && changed == 3 && removed == 0)
  }

  @Test(arguments: [true, false]) func `parameters arrive as they are, absent ones as NULL`(prepares: Bool) throws {
    let other = try PostgresServer.connect(prepares: prepares)
    for value in ["", "a", "'; SELECT 1 --", "\\x00", "é😀\n\t", String(repeating: "y", count: 3_000_000), nil] {
      let result = try other.run(
        "SELECT $1::text, $2::text IS NULL", [value, nil], deadline: PostgresServer.deadline())
      #expect(result.text(0) == value && result.boolean(1) == true)
    }
  }

  @Test func `a large result arrives whole`() throws {
    let result = try run("SELECT repeat('z', 100) || n FROM generate_series(1, 100000) n")
    #expect(result.rowCount == 100_000 && result.text(0, row: 99_999)?.hasSuffix("z100000") == true)
  }

  @Test(arguments: [
    ("SELECT 1/0", "22012", "division by zero"), ("SELEC", "42601", "syntax error"),
    ("DO $$ BEGIN RAISE 'mine' USING ERRCODE = 'P0123'; END $$", "P0123", "mine"),
    ("SELECT 1; SELECT 2", "42601", "multiple commands"),
  ])
  func `what is refused says why, and the connection goes on`(sql: String, state: String, words: String) throws {
    guard case .refused(state, let message) = failure(sql) else {
      Issue.record("not refused as \(state)")
      return
    }
    #expect(message.contains(words) && connection.isAlive)
    #expect(try run("SELECT 1").integer(0) == 1)
  }

  @Test(arguments: [true, false]) func `statements are prepared once each, if at all`(prepares: Bool) throws {
    let other = try PostgresServer.connect(prepares: prepares)
    for _ in 1...3 {
      for sql in ["SELECT 1", "SELECT 2"] { _ = try other.run(sql, deadline: PostgresServer.deadline()) }
      do { _ = try other.run("SELECT nonsense", deadline: PostgresServer.deadline()) } catch {}
    }
    let names = try other.run("SELECT count(*) FROM pg_prepared_statements", deadline: PostgresServer.deadline())
    #expect(names.integer(0) == (prepares ? 3 : 0))
  }

  @Test func `a deadline ends a statement, and the connection with it`() throws {
    let start = Clock.monotonicMicroseconds
    #expect(failure("SELECT pg_sleep(3)", milliseconds: 300) == .timedOut)
    #expect((280_000...1_500_000).contains(Clock.monotonicMicroseconds - start))
    #expect(!connection.isAlive)
  }

  @Test func `a deadline that has passed is not waited for`() {
    let start = Clock.monotonicMicroseconds
    #expect(failure("SELECT pg_sleep(3)", milliseconds: -1) == .timedOut)
    #expect(Clock.monotonicMicroseconds - start < 500_000)
  }

  @Test func `a connection that the server ended is known to be dead`() throws {
    #expect(connection.isAlive)
    let pid = try run("SELECT pg_backend_pid()").text(0)
    let other = try PostgresServer.connect()
    let ended = try other.run(
      "SELECT pg_terminate_backend($1::int, 5000)", [pid], deadline: PostgresServer.deadline())
    #expect(ended.boolean(0) == true)
    #expect(!connection.isAlive)
    guard case .lost(let words) = failure("SELECT 1") else {
      Issue.record("not lost")
      return
    }
    #expect(!words.isEmpty && !words.contains("\n"))
  }

  @Test func `a server that ends the connection amid a statement loses it`() {
    guard case .lost = failure("SELECT pg_terminate_backend(pg_backend_pid())") else {
      Issue.record("not lost")
      return
    }
    #expect(!connection.isAlive)
  }

  @Test func `notices don't disturb`() throws {
    #expect(failure("DO $$ BEGIN FOR i IN 1..100 LOOP RAISE NOTICE 'n %', i; END LOOP; END $$") == nil)
    #expect(connection.isAlive)
  }

  @Test func `the first host that answers is taken`() throws {
    let refusing = "postgresql://x@/x?host=%2Fnonexistent"
    #expect(throws: PostgresError.self) {
      _ = try PostgresConnection(conninfo: refusing, prepares: false, deadline: PostgresServer.deadline())
    }
    guard let at = PostgresServer.url.firstRange(of: "host=")?.upperBound else { return }
    let both = PostgresServer.url[..<at] + "%2Fnonexistent," + PostgresServer.url[at...]
    let found = try PostgresConnection(conninfo: String(both), prepares: false, deadline: PostgresServer.deadline())
    #expect(found.isAlive)
  }

  @Test func `the program's name is seen by the administrator`() throws {
    let name = try run("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()").text(0)
    #expect(name == "iris-fcgi")
  }
}
