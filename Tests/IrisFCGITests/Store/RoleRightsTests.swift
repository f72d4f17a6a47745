import IrisSystem
import Testing

@testable import IrisFCGI

/// What the application's role may not do, so that a flaw in a worker is not a flaw of the database.
@Suite(.needsDatabase) struct RoleRightsTests {
  private static let forbidden = [
    "DROP TABLE iris.iris_events", "DROP TABLE iris.accounts CASCADE", "DROP SCHEMA iris CASCADE",
    "DROP FUNCTION iris.end_of_day", "CREATE TABLE iris.mine (x int)", "CREATE TABLE public.mine (x int)",
    "CREATE SCHEMA mine", "CREATE FUNCTION iris.mine() RETURNS int LANGUAGE sql RETURN 1", "CREATE ROLE mine",
    "TRUNCATE iris.accounts CASCADE", "TRUNCATE iris.iris_events", "TRUNCATE iris.iris_messages",
    "ALTER TABLE iris.accounts ADD COLUMN x int", "ALTER TABLE iris.accounts DISABLE TRIGGER ALL",
    "DELETE FROM iris.iris_events", "UPDATE iris.iris_events SET event_type = 'x'", "DELETE FROM iris.iris_errors",
    "UPDATE iris.iris_errors SET error_type = 'x'", "UPDATE iris.schema_version SET version = 9",
    "DELETE FROM iris.schema_version", "SELECT iris.ensure_partitions('2026-01-01', 1)",
    "SELECT * FROM iris.iris_messages_rest", "COPY iris.accounts TO PROGRAM 'cat'", "COPY iris.accounts TO '/tmp/x'",
    "DELETE FROM iris.daily_spend", "DELETE FROM iris.alerts", "TRUNCATE iris.answer_cache",
    "SELECT iris.purge_records_at('{}', 1, now())", "SELECT iris.detach_month_at('iris_events', 1, now())",
    "ALTER TABLE iris.iris_events DETACH PARTITION iris.iris_events_rest", "DELETE FROM iris.iris_errors_rest",
    "DELETE FROM iris.error_grouping", "SELECT pg_read_file('/etc/passwd')", "SELECT * FROM pg_authid",
    "ALTER ROLE iris SUPERUSER", "SET ROLE postgres",
  ]

  private static let allowed = [
    "SELECT version FROM iris.schema_version", "SELECT count(*) FROM iris.iris_events",
    "INSERT INTO iris.iris_events (event_type) VALUES ('x')", "DELETE FROM iris.accounts",
    "DELETE FROM iris.iris_messages", "DELETE FROM iris.user_minute_usage",
    "INSERT INTO iris.iris_errors (error_type, error_message) VALUES ('x', 'y')",
    "SELECT iris.end_of_day('2026-01-01', 'Europe/Paris')", "DELETE FROM iris.idempotency_keys",
    "DELETE FROM iris.answer_cache", "DELETE FROM iris.user_contexts", "SELECT iris.add_spend('2026-01-01', 1)",
    "SELECT iris.raise_alerts('[{\"kind\":\"k\",\"subject\":\"s\"}]')", "UPDATE iris.alerts SET notified_at = now()",
    "SELECT * FROM iris.error_summary", "SELECT iris.group_errors(0, 1)", "SELECT iris.detach_month('iris_events', 1)",
  ]

  @Test func `structure, others' rows and the system are refused`() throws {
    let database = try TestDatabase()
    for sql in Self.forbidden { #expect(try Self.state(of: sql, database) == "42501", "\(sql)") }
  }

  @Test func `the application's own rows are allowed`() throws {
    let database = try TestDatabase()
    for sql in Self.allowed { #expect(try Self.state(of: sql, database) == nil, "\(sql)") }
  }

  @Test func `a stranger's role sees nothing`() throws {
    let database = try TestDatabase()
    let mayUse = try database.text("SELECT has_schema_privilege('public', 'iris', 'USAGE')")
    #expect(mayUse == "f")
    let executable = try database.column(
      "SELECT p.proname FROM pg_proc p WHERE pronamespace = 'iris'::regnamespace "
        + "AND has_function_privilege('public', p.oid, 'EXECUTE')")
    #expect(executable.isEmpty)
  }

  /// The SQLSTATE of the refusal; nil when there was none.
  private static func state(of sql: String, _ database: TestDatabase) throws -> String? {
    do {
      _ = try database.connect().run(sql, deadline: TestDatabase.deadline())
      return nil
    } catch PostgresError.refused(let state, _) {
      return state
    }
  }
}
