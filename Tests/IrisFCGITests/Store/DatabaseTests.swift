import IrisSystem
import Testing

@testable import IrisFCGI

/// The worker's one connection: what it does when PostgreSQL is well.
@Suite(.needsDatabase) struct DatabaseTests {
  let test: TestDatabase

  init() throws { test = try TestDatabase() }

  /// Backends of the application in this database.
  private func backends() throws -> Int? {
    try test.integer("SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = 'iris'", [test.name])
  }

  /// Waits until PostgreSQL has noticed what its clients did.
  private func backends(become count: Int) throws -> Bool {
    for _ in 1...200 {
      if try backends() == count { return true }
      try test.execute("SELECT pg_sleep(0.02)")
    }
    return false
  }

  private func endBackends() throws {
    try test.execute(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND usename = 'iris'",
      [test.name])
  }

  @Test func `nothing is opened before it is needed, and one connection serves all calls`() throws {
    let database = try test.makeDatabase()
    #expect(try backends() == 0)
    let first = try database.run("SELECT pg_backend_pid()").text(0)
    let second = try database.run("SELECT pg_backend_pid()").text(0)
    #expect(first != nil && first == second)
    #expect(try backends() == 1)
  }

  @Test func `a connection unused for a minute is closed, and opened again when needed`() throws {
    let clock = ShiftedClock()
    let database = try test.makeDatabase(now: { clock.now })
    _ = try database.run("SELECT 1")
    clock.shift += 59_000_000
    database.closeIfIdle()
    #expect(try backends() == 1)
    clock.shift += 1_100_000
    database.closeIfIdle()
    #expect(try backends(become: 0))
    #expect(try database.run("SELECT 1").integer(0) == 1)
  }

  @Test func `a call keeps the connection for another minute`() throws {
    let clock = ShiftedClock()
    let database = try test.makeDatabase(now: { clock.now })
    for _ in 1...3 {
      _ = try database.run("SELECT 1")
      clock.shift += 40_000_000
      database.closeIfIdle()
    }
    #expect(try backends() == 1)
  }

  @Test(arguments: [true, false]) func `a connection that was ended is replaced at the next call`(
    repeatable: Bool
  ) throws {
    let database = try test.makeDatabase()
    for _ in 1...5 {
      let before = try database.run("SELECT pg_backend_pid()", repeatable: repeatable).text(0)
      try endBackends()
      let after = try database.run("SELECT pg_backend_pid()", repeatable: repeatable).text(0)
      #expect(after != nil && before != after)
    }
  }

  @Test func `a connection that is ended during a call is tried once more only if that does no harm`() throws {
    let database = try test.makeDatabase()
    let sql = "SELECT pg_terminate_backend(pg_backend_pid())"
    #expect(throws: StoreError.unavailable) { _ = try database.run(sql, repeatable: false) }
    #expect(database.roundTrips == 1)
    #expect(throws: StoreError.unavailable) { _ = try database.run(sql, repeatable: true) }
    #expect(database.roundTrips == 3)
    #expect(try database.run("SELECT 1").integer(0) == 1)
  }

  @Test(arguments: [(true, 2), (false, 0)])
  func `statements are prepared once, or never behind a pooler`(prepares: Bool, prepared: Int) throws {
    let database = try test.makeDatabase(prepares: prepares)
    for number in 1...5 {
      #expect(try database.run("SELECT $1::integer + 1", [String(number)]).integer(0) == number + 1)
    }
    // With preparation that one, and this very statement.
    let count = try database.run("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'iris%'").integer(0)
    // The schema's version was asked for on the way.
    #expect(count == (prepares ? prepared + 1 : 0))
  }

  @Test func `a plan that the schema outlived is made anew`() throws {
    let database = try test.makeDatabase()
    #expect(try database.run("SELECT * FROM iris.schema_version").columnCount == 4)
    try test.execute("ALTER TABLE iris.schema_version ADD COLUMN more text")
    #expect(try database.run("SELECT * FROM iris.schema_version").columnCount == 5)
  }

  @Test func `a prepared statement that another server does not know is prepared there`() throws {
    let database = try test.makeDatabase()
    #expect(try database.run("SELECT $1::text", ["a"]).text(0) == "a")
    _ = try database.run("DISCARD ALL")
    #expect(try database.run("SELECT $1::text", ["b"]).text(0) == "b")
  }

  private static let refused: [(String, String)] = [
    ("SELECT 1/0", "22012"), ("SELECT $1::integer", "22P02"), ("nonsense", "42601"), ("SELECT * FROM nothing", "42P01"),
    ("DROP TABLE iris.accounts", "42501"), ("INSERT INTO iris.accounts (id) VALUES (NULL)", "23502"),
  ]

  @Test func `what PostgreSQL refuses has its SQLSTATE, and the connection lives on`() throws {
    for (sql, state) in Self.refused {
      let breaker = Breaker(openUntil: .local(), failures: .local())
      let database = try test.makeDatabase(breaker: breaker)
      let parameters = sql.contains("$1") ? ["x"] : []
      #expect(throws: StoreError.refused(sqlState: state)) { _ = try database.run(sql, parameters) }
      #expect(try database.run("SELECT 1").integer(0) == 1)
      #expect(try backends() == 1)
    }
  }

  @Test func `values come back as they went`() throws {
    let database = try test.makeDatabase()
    for value in ["", "é😀", "a\nb\t\\", "'\"", String(repeating: "x", count: 200_000), nil] {
      #expect(try database.run("SELECT $1::text", [value]).text(0) == value)
    }
  }

  @Test func `the account of a request starts anew`() throws {
    let database = try test.makeDatabase()
    _ = try database.run("SELECT pg_sleep(0.05)")
    _ = try database.run("SELECT 1")
    #expect(database.roundTrips == 2 && database.spentMicroseconds >= 50_000)
    database.beginRequest()
    #expect(database.roundTrips == 0 && database.spentMicroseconds == 0)
  }
}

/// The real clock, set forward by a test.
final class ShiftedClock {
  var shift: Int64 = 0
  var now: Int64 { Clock.monotonicMicroseconds + shift }
}
