import IrisSystem

/// Asks PostgreSQL what the checks judge, over a connection of their own: `Database` refuses one whose schema does not fit,
/// and here that is one finding among others.
struct DatabaseChecks {
  /// The checks in their order.
  static let names = ["database"] + looks.map(\.name) + ["connections"]
  /// For connecting, and again for each question.
  private static let seconds: Int64 = 5

  private typealias Look = @Sendable (PostgresConnection, Configuration) throws(PostgresError) -> Finding

  private static let looks: [(name: String, look: Look)] = [
    ("clock", clock), ("encoding", encoding), ("time zone", timeZone), ("schema", schema), ("role", role),
    ("partitions", partitions), ("upkeep", upkeep),
  ]

  let configuration: Configuration
  /// How many workers this host has, or would have.
  private let workers: Int
  private let note: (Finding) -> Void

  init(_ configuration: Configuration, workers: Int, note: @escaping (Finding) -> Void) {
    self.configuration = configuration
    self.workers = workers
    self.note = note
  }

  func examine() {
    guard let url = configuration.database.url else {
      return skip(DatabaseChecks.names, "IRIS_DATABASE_URL is not set")
    }
    var primary: (position: String, system: String)?
    if let connection = connect(url, .databaseURL, name: "database") {
      look(connection)
      primary = Self.position(connection)
    } else {
      skip(Array(DatabaseChecks.names.dropFirst()), "the database cannot be reached")
    }
    guard let url = configuration.database.readURL,
      let connection = connect(url, .databaseReadURL, name: "read database"),
      let finding = replica(connection, primary: primary)
    else { return }
    note(finding)
  }

  private func skip(_ names: [String], _ reason: String) {
    for name in names { note(.skipped(name, reason)) }
  }

  /// Goes on after a refusal; a connection that broke or went silent has nothing more to say.
  private func look(_ connection: PostgresConnection) {
    var obstacle: String?
    let connections: Look = { [workers] (connection, configuration) throws(PostgresError) in
      try Self.connections(connection, configuration, workers: workers)
    }
    for (name, look) in DatabaseChecks.looks + [("connections", connections)] {
      if let obstacle {
        note(.skipped(name, obstacle))
        continue
      }
      do throws(PostgresError) {
        note(try look(connection, configuration))
      } catch {
        note(.failed(name, error.words, advice: DatabaseFindings.advice(onFailure: error.words)))
        if !error.isRefusal { obstacle = "the connection to the database was lost" }
      }
    }
  }

  /// - Parameter variable: where the address comes from; only the read replica need not take writes.
  private func connect(_ url: Secret, _ variable: Variable, name: String) -> PostgresConnection? {
    let sql = """
      SELECT current_setting('server_version'), current_setting('server_version_num'),
             current_setting('transaction_read_only')
      """
    do throws(PostgresError) {
      let connection = try PostgresConnection(
        conninfo: url.exposed, prepares: false, as: configuration.workersUser, deadline: DatabaseChecks.deadline)
      let row = try connection.run(sql, deadline: DatabaseChecks.deadline)
      note(
        DatabaseFindings.server(
          name: name, version: row.text(0) ?? "", number: row.integer(1) ?? 0,
          refusesWrites: variable == .databaseURL && row.text(2) == "on"))
      return connection
    } catch {
      let advice = DatabaseFindings.advice(onFailure: error.words, variable: variable)
      note(.failed(name, error.words, advice: advice))
      return nil
    }
  }

  static var deadline: Int64 { Clock.monotonicMicroseconds + seconds * 1_000_000 }
}

extension DatabaseChecks {
  /// The server's clock is read half way between two readings of ours, give or take half the time between them.
  private static func clock(_ connection: PostgresConnection, _: Configuration) throws(PostgresError) -> Finding {
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    let before = Clock.realtimeMicroseconds
    let row = try connection.run(sql, deadline: deadline)
    let after = Clock.realtimeMicroseconds
    return DatabaseFindings.clock(
      server: row.integer(0).map(Int64.init) ?? 0, here: (before + after) / 2, uncertainty: (after - before) / 2)
  }

  private static func encoding(_ connection: PostgresConnection, _: Configuration) throws(PostgresError) -> Finding {
    DatabaseFindings.encoding(
      try connection.run("SELECT current_setting('server_encoding')", deadline: deadline).text(0) ?? "")
  }

  private static func timeZone(
    _ connection: PostgresConnection, _ configuration: Configuration
  ) throws(PostgresError) -> Finding {
    let sql = "SELECT 1 FROM pg_timezone_names WHERE lower(name) = lower($1)"
    let found = try connection.run(sql, [configuration.timeZone], deadline: deadline)
    return DatabaseFindings.timeZone(configuration.timeZone, isKnown: found.rowCount > 0)
  }

  private static func schema(_ connection: PostgresConnection, _: Configuration) throws(PostgresError) -> Finding {
    do throws(PostgresError) {
      try SchemaVersion.check(connection, deadline: deadline)
      let version = try connection.run("SELECT version FROM iris.schema_version", deadline: deadline).text(0) ?? ""
      return .ok("schema", "version \(version); this program was written for \(SchemaVersion.needed)")
    } catch {
      guard case .cannotConnect(let words) = error else { throw error }
      return .told("schema", .failed, words, otherwise: "run iris-fcgi migrate as the database's owner")
    }
  }

  /// The system catalogue answers whatever the role may do.
  private static func role(_ connection: PostgresConnection, _: Configuration) throws(PostgresError) -> Finding {
    let sql = """
      SELECT current_user, r.rolsuper, has_schema_privilege(s.id, 'USAGE'), has_schema_privilege(s.id, 'CREATE'),
             (SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc p
               WHERE p.pronamespace = s.id AND p.proname = 'begin_chat'),
             (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
               WHERE c.relnamespace = s.id AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                 AND NOT has_table_privilege(c.oid, 'SELECT')),
             (SELECT NOT pg_has_role(m.oid, 'USAGE') FROM pg_roles m WHERE m.rolname = 'iris_app')
        FROM pg_roles r, (SELECT to_regnamespace('iris')::oid AS id) s WHERE r.rolname = current_user
      """
    let row = try connection.run(sql, deadline: deadline)
    guard let mayUse = row.boolean(2) else { return .skipped("role", "the database has no schema of Iris") }
    return DatabaseFindings.role(
      DatabaseFindings.Role(
        name: row.text(0) ?? "", isSuperuser: row.boolean(1) ?? false, mayUse: mayUse,
        mayCreate: row.boolean(3) ?? false, mayChat: row.boolean(4), unreadable: row.text(5),
        isStranger: row.boolean(6) ?? false))
  }

  /// Months count in UTC, as `iris.ensure_partitions` makes them.
  private static func partitions(_ connection: PostgresConnection, _: Configuration) throws(PostgresError) -> Finding {
    let sql = """
      SELECT to_regnamespace('iris') IS NOT NULL, string_agg(wanted.name, ', ' ORDER BY wanted.name)
        FROM (SELECT parent || to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step),
                                       '_YYYYMM') AS name
                FROM unnest(ARRAY['iris_messages', 'iris_events']) parent, generate_series(0, 1) step) wanted
       WHERE NOT EXISTS (SELECT 1 FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
                          WHERE c.relnamespace = to_regnamespace('iris') AND c.relname = wanted.name)
      """
    let row = try connection.run(sql, deadline: deadline)
    guard row.boolean(0) == true else { return .skipped("partitions", "the database has no schema of Iris") }
    return DatabaseFindings.partitions(missing: row.text(1))
  }
}

extension PostgresError {
  /// PostgreSQL's words, for an operator.
  fileprivate var words: String {
    switch self {
    case .cannotConnect(let words), .lost(let words): words
    case .timedOut: "no answer in time"
    case .refused(let state, let message): "\(message) (\(state))"
    }
  }

  fileprivate var isRefusal: Bool {
    if case .refused = self { true } else { false }
  }
}
