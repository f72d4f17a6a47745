import IrisSystem
import Testing

@testable import IrisFCGI

/// Analytics from a replica, and from the primary where that does not answer.
@Suite(.needsDatabase) struct ReadDatabaseTests {
  private let primary: TestDatabase
  private let replica: TestDatabase
  private let away = SharedWord.local()
  private let failures = SharedWord.local()

  init() throws {
    primary = try TestDatabase()
    replica = try TestDatabase()
    for (database, name) in [(primary, "primary"), (replica, "replica")] {
      try database.execute("CREATE TABLE public.side AS SELECT '\(name)' AS name")
      try database.execute("GRANT SELECT ON public.side TO iris_app")
    }
  }

  private func reads(
    _ url: String?, from main: Database? = nil, openUntil: SharedWord = .local()
  ) throws -> ReadDatabase {
    ReadDatabase(
      settings: DatabaseSettings(
        url: Secret(primary.url), readURL: url.map { Secret($0) }, preparesStatements: true),
      primary: try main ?? primary.makeDatabase(), breaker: Breaker(openUntil: openUntil, failures: failures),
      isAway: away, log: nil)
  }

  private func side(_ reads: ReadDatabase) throws -> String? { try reads.run("SELECT name FROM public.side").text(0) }

  @Test func `without a replica the primary answers, with one the replica`() throws {
    #expect(try side(try reads(nil)) == "primary")
    #expect(try side(try reads(replica.url)) == "replica")
    #expect(away.load() == 0)
  }

  /// What is done to the replica.
  @Test(arguments: [
    // Gone, another's, of an older release, in recovery.
    "DROP TABLE public.side", "ALTER SCHEMA iris RENAME TO gone", "UPDATE iris.schema_version SET version = 1",
    "ALTER TABLE public.side RENAME COLUMN name TO other",
    "DO $$ BEGIN EXECUTE 'ALTER ROLE iris IN DATABASE ' || current_database() || ' SET statement_timeout = 1'; END $$",
  ]) func `what the replica cannot answer the primary does`(fault: String) throws {
    try replica.execute(fault)
    let reads = try reads(replica.url)
    let slow =
      fault.contains("timeout") ? "SELECT name FROM public.side, pg_sleep(0.05)" : "SELECT name FROM public.side"
    #expect(try reads.run(slow).text(0) == "primary")
    #expect(away.load() == 1)
  }

  @Test func `a query that a recovery cancels is asked of the primary`() throws {
    try replica.execute(
      """
      CREATE FUNCTION public.conflict() RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN RAISE SQLSTATE '40001' USING MESSAGE = 'canceling statement due to conflict with recovery'; END $$
      """)
    try primary.execute("CREATE FUNCTION public.conflict() RETURNS text LANGUAGE sql AS 'SELECT ''primary'''")
    let reads = try reads(replica.url)
    #expect(try reads.run("SELECT public.conflict()").text(0) == "primary")
    #expect(try side(reads) == "replica")
    #expect(away.load() == 0)
  }

  @Test func `a replica that is down costs nothing after the first calls, and comes back by itself`() throws {
    let openUntil = SharedWord.local()
    let reads = try reads("host=/nowhere dbname=x", openUntil: openUntil)
    #expect(try side(reads) == "primary" && away.load() == 1 && failures.load() == 1)
    let start = Clock.monotonicMicroseconds
    for _ in 1...20 { #expect(try side(reads) == "primary") }
    #expect(Clock.monotonicMicroseconds - start < 700_000)
    let back = try self.reads(replica.url, openUntil: openUntil)
    openUntil.store(1)
    #expect(try side(back) == "replica" && away.load() == 0 && failures.load() == 0)
  }

  @Test func `a replica that hangs leaves time for the primary, and both count for the request`() throws {
    let main = try primary.makeDatabase()
    let reads = try reads(replica.url, from: main)
    #expect(try side(reads) == "replica")
    main.beginRequest()
    let start = Clock.monotonicMicroseconds
    #expect(
      try reads.run("SELECT pg_sleep(CASE name WHEN 'replica' THEN 5 ELSE 0 END) IS NULL FROM public.side").rowCount
        == 1)
    #expect((700_000...1_900_000).contains(Clock.monotonicMicroseconds - start))
    #expect(main.roundTrips == 2 && main.spentMicroseconds >= 700_000)
  }
}
