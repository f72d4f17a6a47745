import IrisSystem
import Testing

@testable import IrisFCGI

/// schema.sql is applied again at every release: to a database that lives.
@Suite(.needsDatabase) struct SchemaFileTests {
  let database: TestDatabase

  init() throws { database = try TestDatabase() }

  /// Applies the file as psql would, in one transaction; a statement of ours is one command, so a function runs them all.
  private func apply() throws {
    let path = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/schema.sql"
    let commands = try SchemaScript(reading: path).text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { $0 != "BEGIN;" && $0 != "COMMIT;" }.joined(separator: "\n")
    try #require(commands.contains("iris.begin_chat"))
    try database.execute(
      "CREATE OR REPLACE FUNCTION pg_temp.apply(sql text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE sql; END'")
    try database.execute("SELECT pg_temp.apply($1)", [commands])
  }

  /// Everything there is, as the catalogue and the tables have it.
  private func contents() throws -> [[String?]] {
    try [
      "SELECT row_to_json(a)::text FROM iris.accounts a ORDER BY id",
      "SELECT row_to_json(m)::text FROM iris.iris_messages m ORDER BY id",
      "SELECT row_to_json(d)::text FROM iris.user_daily_usage d ORDER BY user_id",
      "SELECT row_to_json(c)::text FROM iris.iris_chat_sessions c ORDER BY id",
      "SELECT row_to_json(v)::text FROM iris.schema_version v",
      "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'iris'::regnamespace ORDER BY 1",
      "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'iris'::regnamespace ORDER BY 1",
      "SELECT relname || relacl::text FROM pg_class WHERE relnamespace = 'iris'::regnamespace ORDER BY 1",
    ].map { try database.column($0) }
  }

  @Test func `applied again it changes nothing and loses nothing`() throws {
    let sql = try ChatSQL(database)
    let user = try TestUser(database)
    let begun = try sql.chat(user)
    let before = try contents()
    #expect(before.allSatisfy { !$0.isEmpty })
    for _ in 1...2 {
      try apply()
      #expect(try contents() == before)
    }
    #expect(try sql.begin(user, conversation: begun.conversation).history?.contains("Bonsoir") == true)
  }

  @Test func `an older schema is brought up to date`() throws {
    let user = try TestUser(database)
    try database.execute("UPDATE iris.schema_version SET version = 0")
    try database.execute("DROP TABLE iris.user_minute_usage")
    try apply()
    #expect(try database.integer("SELECT version FROM iris.schema_version") == SchemaVersion.needed)
    #expect(try ChatSQL(database).begin(user).outcome == "reserved")
  }

  @Test func `a schema of version 1 gets its columns, its tables and the functions that fit`() throws {
    let sql = try ChatSQL(database)
    let begun = try sql.chat(try TestUser(database))
    for (table, column) in Self.laterColumns { try database.execute("ALTER TABLE iris.\(table) DROP COLUMN \(column)") }
    for table in Self.laterTables { try database.execute("DROP TABLE iris.\(table)") }
    for (name, parameters) in Self.replacedFunctions {
      try database.execute(
        "CREATE FUNCTION iris.\(name)(\(parameters)) RETURNS void LANGUAGE sql AS 'SELECT NULL::void'")
    }
    try database.execute("UPDATE iris.schema_version SET version = 1, oldest_worker = 1")
    try apply()
    let version = try database.text("SELECT version || ' ' || oldest_worker FROM iris.schema_version")
    #expect(version == "\(Version.schema) 2")
    for (name, _) in Self.replacedFunctions {
      let count = try database.integer(
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'iris'::regnamespace AND proname = $1", [name])
      #expect(count == 1, "\(name)")
    }
    let next = try ChatSQL(database).begin(begun.user, conversation: begun.conversation)
    #expect(next.outcome == "reserved" && next.history?.contains("Bonsoir") == true)
    let settlement = ChatSQL.Settlement(tokensEstimated: 3, cost: 4, spend: 4)
    #expect(try ChatSQL(database).finish(next, settlement).used == 2)
  }

  private static let laterColumns = [
    ("iris_chat_sessions", "deleted_at"), ("iris_chat_sessions", "summary"), ("iris_chat_sessions", "summarised_until"),
    ("iris_messages", "cost_micro"), ("iris_messages", "tokens_estimated"),
  ]
  private static let laterTables = ["user_contexts", "idempotency_keys", "answer_cache", "daily_spend", "alerts"]
  /// With the parameters that they had.
  private static let replacedFunctions = [
    (
      "begin_chat",
      "uuid, uuid, uuid, boolean, uuid, uuid, text, text, text, integer, integer, integer, integer, integer, integer, "
        + "integer"
    ), ("recent_turns", "uuid, timestamptz, integer"),
    (
      "finish_chat",
      "uuid, uuid, uuid, uuid, text, text, text, text, text, integer, text, text, text, double precision, integer, "
        + "integer, integer, integer, integer, jsonb, jsonb"
    ), ("abandon_chat", "uuid, uuid"), ("purge_expired", "jsonb, integer"),
  ]

  /// The table of errors as it was up to version 3.
  private static let plainErrors = [
    "DROP TABLE iris.iris_errors CASCADE",
    """
    CREATE TABLE iris.iris_errors (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), error_type text NOT NULL,
      error_message text NOT NULL, timestamp timestamptz NOT NULL DEFAULT now(), user_id text,
      context jsonb NOT NULL DEFAULT '{}')
    """, "CREATE INDEX iris_errors_timestamp ON iris.iris_errors (timestamp)",
    "GRANT SELECT, INSERT ON iris.iris_errors TO iris_app",
    """
    INSERT INTO iris.iris_errors (error_type, error_message, timestamp, context)
    SELECT 't', 'm', now() - make_interval(days => n * 7), jsonb_build_object('n', n) FROM generate_series(0, 80) n
    """, "UPDATE iris.schema_version SET version = 3",
  ]

  @Test func `errors of a plain table move into months, and old workers go on writing`() throws {
    // Connected before, since it would not begin on an older schema than its own.
    let worker = try database.makeDatabase()
    _ = try worker.run("SELECT 1")
    for sql in Self.plainErrors { try database.execute(sql) }
    let columns = "id, error_type, error_message, timestamp, user_id, context"
    let rows = "SELECT row_to_json(e)::text FROM (SELECT \(columns) FROM iris.iris_errors) e ORDER BY id"
    let before = try database.column(rows)
    let record = "SELECT iris.record('[]', $1, '[]', 0, 'Europe/Paris')"
    func errors() throws -> String {
      #"[{"id": "\#(try TestID.make())", "error_type": "t", "error_message": "m", "context": {}}]"#
    }
    _ = try worker.run(record, [try errors()])
    try database.execute("DELETE FROM iris.iris_errors WHERE context = '{}'")
    for _ in 1...2 {
      try apply()
      #expect(try database.column(rows) == before)
    }
    let places = try database.integer("SELECT count(DISTINCT tableoid) FROM iris.iris_errors")
    #expect(try #require(places) >= 5)
    // On the connection that it had, and one of an id that it had already does nothing.
    let again = try errors()
    for _ in 1...2 { _ = try worker.run(record, [again]) }
    #expect(try database.column(rows).count == before.count + 1)
    #expect(try database.integer("SELECT count(DISTINCT fingerprint) FROM iris.iris_errors") == 1)
  }

  @Test func `a newer schema is left alone`() throws {
    try database.execute("UPDATE iris.schema_version SET version = 99")
    #expect(throws: PostgresError.self) { try apply() }
    #expect(try database.integer("SELECT version FROM iris.schema_version") == 99)
  }
}
