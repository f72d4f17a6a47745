import IrisSystem
import Testing

@testable import IrisFCGI

/// The worker's one connection: what it does when PostgreSQL is not there, does not answer, or is another's.
struct DatabaseFailureTests {
  private static func database(
    _ url: String?, failures: SharedWord = .local(), now: @escaping () -> Int64 = { Clock.monotonicMicroseconds }
  ) -> Database {
    Database(
      settings: DatabaseSettings(url: url.map { Secret($0) }, readURL: nil, preparesStatements: true),
      breaker: Breaker(openUntil: .local(), failures: failures), log: Log(threshold: .error), now: now)
  }

  /// How long a call takes that must not succeed, in milliseconds.
  private static func failing(_ database: Database, _ sql: String = "SELECT 1", repeatable: Bool = false) -> Int64 {
    let start = Clock.monotonicMicroseconds
    #expect(throws: StoreError.unavailable) { _ = try database.run(sql, repeatable: repeatable) }
    return (Clock.monotonicMicroseconds - start) / 1_000
  }

  @Test(arguments: [
    "", "nonsense", "host=/nonexistent dbname=x", "postgresql://x@127.0.0.1:1/x", "postgresql://",
    "host=/nonexistent,/nonexistent2", "host=127.0.0.1 port=99999",
  ])
  func `a server that is not there is unavailable at once, and is not asked again during the pause`(url: String) {
    let failures = SharedWord.local()
    let clock = ShiftedClock()
    let database = Self.database(url, failures: failures, now: { clock.now })
    #expect(Self.failing(database, repeatable: true) < 2_500)
    #expect(failures.load() == 1)
    for _ in 1...5 { #expect(Self.failing(database) < 50) }
    #expect(failures.load() == 1)
    clock.shift += Breaker.shortestPause
    _ = Self.failing(database)
    #expect(failures.load() == 2)
  }

  @Test func `without a URL there is no database, which is no news for the other workers' breaker`() {
    let failures = SharedWord.local()
    #expect(Self.failing(Self.database(nil, failures: failures)) < 50)
    #expect(failures.load() == 0)
  }

  @Test(.needsDatabase) func `a server that takes no writes now is unavailable, not wrong`() throws {
    let test = try TestDatabase()
    let database = Self.database(test.url)
    _ = try database.run("SET default_transaction_read_only = on")
    #expect(throws: StoreError.unavailable) { _ = try database.run("CREATE TABLE x (y int)") }
    #expect(throws: StoreError.refused(sqlState: "42601")) { _ = try database.run("SELEKT 1") }
  }

  @Test(.needsDatabase, arguments: [true, false])
  func `a server that accepts and says nothing costs two seconds, then nothing`(repeatable: Bool) throws {
    let test = try TestDatabase()
    // A backend that cannot read its catalogue never says that it is ready.
    try test.execute("BEGIN")
    try test.execute("LOCK TABLE pg_catalog.pg_class IN ACCESS EXCLUSIVE MODE")
    let failures = SharedWord.local()
    let clock = ShiftedClock()
    let database = Self.database(test.url, failures: failures, now: { clock.now })
    #expect((1_900...2_900).contains(Self.failing(database, repeatable: repeatable)))
    #expect(failures.load() << 1 == 2)
    #expect(Self.failing(database) < 50)
    // The shift is waited for, too: the connection's own clock knows nothing of it.
    clock.shift += Breaker.shortestPause
    // The one that tries waits half a second, no more.
    #expect((400...1_200).contains(Self.failing(database)))
    try test.execute("ROLLBACK")
    clock.shift += Breaker.longestPause
    #expect(try database.run("SELECT 1").integer(0) == 1)
  }

  @Test(.needsDatabase) func `a statement that takes too long costs two seconds and its connection`() throws {
    let test = try TestDatabase()
    let clock = ShiftedClock()
    let database = Self.database(test.url, now: { clock.now })
    #expect(try database.run("SELECT 1").integer(0) == 1)
    #expect((1_900...2_900).contains(Self.failing(database, "SELECT pg_sleep(4)", repeatable: true)))
    #expect(Self.failing(database) < 50)
    clock.shift += Breaker.shortestPause
    #expect(try database.run("SELECT 1").integer(0) == 1)
    #expect(try database.run("SELECT 2").integer(0) == 2)
  }

  @Test(.needsDatabase) func `a living connection is not bothered by a breaker that is open`() throws {
    let test = try TestDatabase()
    let (failures, openUntil) = (SharedWord.local(), SharedWord.local())
    let breaker = Breaker(openUntil: openUntil, failures: failures)
    let database = try test.makeDatabase(breaker: breaker)
    _ = try database.run("SELECT 1")
    breaker.failed(at: Clock.monotonicMicroseconds)
    #expect(try database.run("SELECT 1").integer(0) == 1)
  }

  @Test(.needsDatabase) func `a living connection is not trusted while the server is silent for others`() throws {
    let test = try TestDatabase()
    let breaker = Breaker(openUntil: .local(), failures: .local())
    let clock = ShiftedClock()
    let database = try test.makeDatabase(breaker: breaker, now: { clock.now })
    _ = try database.run("SELECT 1")
    breaker.failed(at: clock.now, isSilent: true)
    #expect(Self.failing(database) < 50)
    clock.shift += Breaker.longestPause
    #expect(try database.run("SELECT 1").integer(0) == 1)
    #expect(!breaker.isSilent)
  }

  @Test(.needsDatabase) func `a success closes the breaker`() throws {
    let test = try TestDatabase()
    let failures = SharedWord.local()
    let breaker = Breaker(openUntil: .local(), failures: failures)
    for _ in 1...3 { breaker.failed(at: Clock.monotonicMicroseconds - 5_000_000) }
    _ = try test.makeDatabase(breaker: breaker).run("SELECT 1")
    #expect(failures.load() == 0)
  }

  @Test(.needsDatabase) func `several hosts in one URL: the first that answers`() throws {
    let test = try TestDatabase()
    let url = test.url.replacingFirst("host=", by: "host=%2Fnonexistent,")
    #expect(try Self.database(url).run("SELECT 1").integer(0) == 1)
  }

  @Test(
    .needsDatabase,
    arguments: [
      // What is done to the schema, and what makes it good again.
      ("UPDATE iris.schema_version SET version = 0", "UPDATE iris.schema_version SET version = \(Version.schema)"),
      ("UPDATE iris.schema_version SET oldest_worker = 99", "UPDATE iris.schema_version SET oldest_worker = 2"),
      ("ALTER TABLE iris.schema_version RENAME TO gone", "ALTER TABLE iris.gone RENAME TO schema_version"),
      ("ALTER SCHEMA iris RENAME TO gone", "ALTER SCHEMA gone RENAME TO iris"),
      ("REVOKE USAGE ON SCHEMA iris FROM iris_app", "GRANT USAGE ON SCHEMA iris TO iris_app"),
      ("REVOKE SELECT ON iris.schema_version FROM iris_app", "GRANT SELECT ON iris.schema_version TO iris_app"),
      (
        "DELETE FROM iris.schema_version",
        "INSERT INTO iris.schema_version (version, oldest_worker) VALUES (\(Version.schema), 2)"
      ),
    ])
  func `a schema that does not fit is unavailable until it does`(spoil: String, mend: String) throws {
    let test = try TestDatabase()
    try test.execute(spoil)
    let clock = ShiftedClock()
    let database = Self.database(test.url, now: { clock.now })
    _ = Self.failing(database, repeatable: true)
    #expect(database.isMisfit)
    clock.shift += Breaker.longestPause
    _ = Self.failing(database)
    try test.execute(mend)
    clock.shift += Breaker.longestPause
    #expect(try database.run("SELECT 1").integer(0) == 1 && !database.isMisfit)
  }

  @Test(.needsDatabase) func `a newer schema that still serves this program is fine`() throws {
    let test = try TestDatabase()
    try test.execute("UPDATE iris.schema_version SET version = 99")
    #expect(try Self.database(test.url).run("SELECT 1").integer(0) == 1)
  }

  @Test(.needsDatabase) func `a role that may not log in is unavailable, not an internal error`() throws {
    let test = try TestDatabase()
    _ = Self.failing(Self.database(test.with(options: "-cnonsense=1")))
    _ = Self.failing(Self.database(test.url + (test.url.contains("://") ? "&user=nobody_here" : " user=nobody_here")))
  }
}

extension TestDatabase {
  /// The application's URL with options for the server.
  fileprivate func with(options: String) -> String {
    url.contains("://") ? url + "&options=" + options.replacing("=", with: "%3D") : url + " options='\(options)'"
  }
}

extension String {
  fileprivate func replacingFirst(_ part: String, by other: String) -> String {
    guard let range = firstRange(of: part) else { return self }
    return self[..<range.lowerBound] + other + self[range.upperBound...]
  }
}
