import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

@Suite(.needsDatabase) struct MaintainCommandTests {
  private let test: TestDatabase
  private let folder: TemporaryFolder

  init() throws {
    test = try TestDatabase()
    folder = try TemporaryFolder()
  }

  private func run(
    json: Bool = false, archive: String? = nil, url: String? = nil
  ) -> (code: Int32, output: String, errors: String) {
    let recording = ConsoleRecording()
    let loader = ConfigurationLoader(
      environment: Sample.environment([
        "IRIS_DATABASE_URL": url ?? test.url, "IRIS_STATE_DIR": folder.path, "IRIS_RUNTIME_DIR": folder.path,
        "IRIS_LOG_LEVEL": "error",
      ]))
    let code = MaintainCommand.run(json: json, archive: archive, loader: loader, console: recording.console())
    return (code, recording.output, recording.errors)
  }

  @Test func `with nothing to do it says so`() {
    let done = run()
    #expect(done.code == 0 && done.errors == "")
    #expect(
      done.output == """
        TASK        DONE
        outbox      nothing to do
        partitions  nothing to do
        purge       nothing to do
        spool       nothing to do
        alerts      nothing to do
        roll-ups    nothing to do
        retention   nothing to do

        """)
  }

  @Test func `missing partitions are made with the application's rights`() throws {
    try test.execute(
      "DO $$ BEGIN EXECUTE format('DROP TABLE iris.%I', to_char(now() AT TIME ZONE 'UTC', '\"iris_messages_\"YYYYMM')); END $$"
    )
    let done = run(json: true)
    #expect(done.code == 0, "\(done.errors)")
    #expect(done.output.contains(#""partitions_made" : 1"#), "\(done.output)")
    #expect(run(json: true).output.contains(#""partitions_made" : 0"#))
  }

  @Test func `a second run leaves the work to the first`() throws {
    let living = try #require(ProcessIdentity.current?.text).replacing("/", with: "x")
    try test.execute("UPDATE iris.upkeep SET holder = $1, held_until = now() + interval '1 minute'", [living])
    let done = run()
    #expect(done.code == 0 && done.output.hasPrefix("another run is under way; this one left the upkeep to it\nTASK"))
    #expect(!done.output.contains("outbox") && done.output.contains("alerts"))
    #expect(run(json: true).output.contains(#""status" : "busy""#))
  }

  @Test(arguments: [
    "held_until = now() - interval '1 second', holder = 'x'", "held_until = now() + interval '1 minute', holder = $1",
  ])
  func `a run that died is succeeded, at once if it is known to be dead`(state: String) throws {
    // Number 1's start is not that of a process that never was.
    let parts = try #require(ProcessIdentity.current?.text).split(separator: "/")
    let dead = "\(parts[0])/\(parts[1])/\(Int32.max - 1)/1"
    try test.execute("UPDATE iris.upkeep SET \(state)", state.contains("$1") ? [dead] : [])
    #expect(run().output.hasPrefix("TASK"))
    #expect(
      try test.integer(
        "SELECT count(*) FROM iris.upkeep WHERE holder IS NULL AND finished_at > now() - interval '1 minute'") == 1)
  }

  @Test func `an unreachable database is one line and a failure, and an alert`() {
    let done = run(url: "host=/nowhere dbname=x")
    #expect(done.code == 1 && !done.output.contains("outbox") && done.output.contains("1 began"))
    #expect(done.errors.hasPrefix("iris-fcgi: the database cannot be used: "))
    #expect(done.errors.split(separator: "\n").count == 1)
  }

  @Test func `a step that fails keeps no other from its work`() throws {
    try test.execute("REVOKE UPDATE, SELECT ON iris.outbox FROM iris_app")
    let done = run(json: true)
    #expect(done.code == 1 && done.output.contains(#""status" : "failed""#))
    #expect(done.errors.contains("iris-fcgi: outbox: ") && done.errors.contains("iris-fcgi: purge: "))
    #expect(!done.errors.contains("partitions: "))
    #expect(try test.integer("SELECT count(*) FROM iris.upkeep WHERE holder IS NULL") == 1)
  }

  /// A row of each table whose column lies so many seconds back; `%` is the moment.
  private static let rows: [(table: String, keep: Int, sql: String)] = [
    (
      "refresh_tokens", 86_400,
      "INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at) VALUES ('x', $2::uuid, %)"
    ),
    (
      "sessions", 86_400,
      "INSERT INTO iris.sessions (id, account_id, expires_at) VALUES (gen_random_uuid(), $1::uuid, %)"
    ),
    (
      "password_resets", 86_400,
      "INSERT INTO iris.password_resets (id, account_id, expires_at) VALUES (gen_random_uuid(), $1::uuid, %)"
    ),
    (
      "throttles", 86_400,
      "INSERT INTO iris.throttles (scope, key, count, started_at, last_at) VALUES ('s', 'k', 1, %, %)"
    ),
    ("known_addresses", 2_592_000, "INSERT INTO iris.known_addresses VALUES ($1::uuid, 'h', %)"),
    ("erased_identities", 0, "INSERT INTO iris.erased_identities VALUES ('h', %, '2026-01-01', 1, 0, %)"),
    (
      "idempotency_keys", 0,
      "INSERT INTO iris.idempotency_keys (user_id, route, key, body_hash, turn_id, expires_at) VALUES ($1::uuid, 'chat', 'k', 'b', gen_random_uuid(), %)"
    ),
    (
      "answer_cache", 0,
      "INSERT INTO iris.answer_cache VALUES ('k', 'free', 'a', 'm', 1, 't', 'complete', $1::uuid, %, %)"
    ),
    (
      "quota_reservations", 86_400,
      "INSERT INTO iris.quota_reservations VALUES (gen_random_uuid(), $1::uuid, '2026-01-01', %)"
    ),
    (
      "outbox", 0,
      "INSERT INTO iris.outbox (id, kind, topic, payload, expires_at) VALUES (gen_random_uuid(), 'mail', 'reset', '{}', %)"
    ),
  ]

  @Test(arguments: rows.indices)
  func `a row goes when its time is over and not a moment before`(index: Int) throws {
    let (table, keep, sql) = Self.rows[index]
    #expect(table == "outbox" || KeepingTimes.byTable[table] == keep)
    let user = try TestUser(test)
    try addToken("living", session: user.session, daysAgo: -1)
    let store = UpkeepStore(database: try test.makeDatabase())
    for (seconds, count) in [(keep - 5, 0), (keep + 1, 1)] {
      let moment = "now() - interval '\(seconds) seconds'"
      let statement = sql.replacing("%", with: moment) + " -- $1 $2"
      try test.execute(
        statement.replacing("$1::uuid", with: "'\(user.id)'").replacing("$2::uuid", with: "'\(user.session)'")
          .replacing("-- $1 $2", with: ""))
      let purged = try store.purge(batch: 10)
      #expect(purged.byTable.filter { $0.value > 0 } == (count == 0 ? [:] : [table: 1]), "\(seconds) s")
      #expect(purged.undelivered == (table == "outbox" && count == 1 ? ["reset": 1] : [:]))
      let others = ["sessions": " WHERE id <> '\(user.session)'", "refresh_tokens": " WHERE token_hash = 'x'"]
      try test.execute("DELETE FROM iris.\(table)" + (others[table] ?? ""))
    }
    #expect(try test.integer("SELECT count(*) FROM iris.sessions") == 1)
  }

  private func addToken(_ hash: String, session: String, daysAgo: Int) throws {
    try test.execute(
      "INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at) "
        + "VALUES (convert_to($1, 'UTF8'), $2::uuid, now() - make_interval(days => $3::integer))",
      [hash, session, String(daysAgo)])
  }

  @Test func `a session goes with its last refresh token, ended or not`() throws {
    let (idle, ended, living) = (try TestUser(test), try TestUser(test), try TestUser(test))
    for (index, user) in [idle, ended, living].enumerated() {
      try addToken("old \(index)", session: user.session, daysAgo: 2)
    }
    try addToken("new", session: living.session, daysAgo: -1)
    try test.execute("UPDATE iris.sessions SET revoked_at = now() WHERE id = $1::uuid", [ended.session])
    let purged = try UpkeepStore(database: try test.makeDatabase()).purge(batch: 10)
    #expect(purged.byTable.filter { $0.value > 0 } == ["refresh_tokens": 3, "sessions": 2])
    #expect(try test.column("SELECT id FROM iris.sessions") == [living.session])
  }

  /// Its issuer may renew its tokens for as long as it is remembered here.
  @Test func `an ended session of another issuer is remembered until it expires`() throws {
    let user = try TestUser(test)
    try test.execute(
      "UPDATE iris.sessions SET revoked_at = now() - interval '90 days', last_used_at = now() - interval '90 days'")
    _ = try UpkeepStore(database: try test.makeDatabase()).purge(batch: 10)
    #expect(try test.column("SELECT id FROM iris.sessions WHERE revoked_at IS NOT NULL") == [user.session])
  }

  @Test func `a step removes no more than its batch, and what somebody works with not at all`() throws {
    try test.execute(
      "INSERT INTO iris.throttles SELECT 's', int4send(n), 1, 0::bit(64), now(), now() - interval '2 days' FROM generate_series(1, 25) n"
    )
    let store = UpkeepStore(database: try test.makeDatabase())
    #expect(try store.purge(batch: 10).byTable["throttles"] == 10)
    let other = try test.connect()
    _ = try other.run("BEGIN", deadline: TestDatabase.deadline())
    _ = try other.run("SELECT 1 FROM iris.throttles LIMIT 3 FOR UPDATE", deadline: TestDatabase.deadline())
    #expect(try store.purge(batch: 100).byTable["throttles"] == 12)
    _ = try other.run("ROLLBACK", deadline: TestDatabase.deadline())
    #expect(run(json: true).output.contains(#""throttles" : 3"#))
  }

  @Test func `an alert outlives the keyed hash that it names`() throws {
    for (kind, subject, seconds) in [
      ("login_spraying", "0123456789ab", 86_410), ("login_stuffing", "123456789abc", 86_410),
      ("login_stuffing", "23456789abcd", 86_390), ("provider_key", "3456789abcde", 86_410),
    ] {
      try test.execute(
        """
        INSERT INTO iris.alerts (kind, subject, first_at, last_at)
        SELECT $1, $2, m, m FROM (SELECT now() - make_interval(secs => $3::integer) AS m) n
        """, [kind, subject, String(seconds)])
    }
    let store = UpkeepStore(database: try test.makeDatabase())
    _ = try store.purge(batch: 10)
    let subjects = "SELECT subject FROM iris.alerts ORDER BY kind, subject"
    let left = try test.column(subjects)
    #expect(left.count == 4 && left.compactMap { $0 }.count { $0.hasPrefix("past ") } == 2)
    #expect(left.contains("23456789abcd") && left.contains("3456789abcde"))
    _ = try store.purge(batch: 10)
    #expect(try test.column(subjects) == left)
  }

  @Test func `only a mail that was never delivered is told as lost`() throws {
    try test.execute(
      "INSERT INTO iris.outbox (id, kind, topic, payload, dedupe_key, delivered_at, expires_at) "
        + "VALUES (gen_random_uuid(), 'webhook', 'quota.reached', '{}', 'k', now(), now() - interval '1 second')")
    let purged = try UpkeepStore(database: try test.makeDatabase()).purge(batch: 10)
    #expect(purged.byTable["outbox"] == 1 && purged.undelivered == [:])
  }
}
