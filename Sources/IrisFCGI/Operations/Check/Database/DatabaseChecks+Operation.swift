import IrisSystem

/// What the database tells of the service's daily life: upkeep, room for the workers' connections, how far a replica is behind.
extension DatabaseChecks {
  static func upkeep(_ connection: PostgresConnection, _: Configuration) throws(PostgresError) -> Finding {
    guard try hasSchema(connection) else { return .skipped("upkeep", "the database has no schema of Iris") }
    let sql = """
      SELECT extract(epoch FROM clock_timestamp() - u.finished_at)::bigint,
             extract(epoch FROM clock_timestamp() - v.applied_at)::bigint
        FROM iris.upkeep u, iris.schema_version v
      """
    let row = try connection.run(sql, deadline: deadline)
    return DatabaseFindings.upkeep(secondsAgo: row.integer(0), schemaAge: row.integer(1) ?? .max)
  }

  /// Statistics count connections of all; whose they are anyone may see, so ours are those of our role.
  static func connections(
    _ connection: PostgresConnection, _ configuration: Configuration, workers: Int
  ) throws(PostgresError) -> Finding {
    guard configuration.database.preparesStatements else {
      return .skipped("connections", "\(Variable.databasePrepare.rawValue) is off, so a pooler shares them out")
    }
    let sql = """
      SELECT current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
               - coalesce(current_setting('reserved_connections', true), '0')::integer,
             (SELECT sum(numbackends) FROM pg_stat_database)
               - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user),
             r.rolconnlimit, d.datconnlimit
        FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
      """
    let row = try connection.run(sql, deadline: deadline)
    let limits = [row.integer(2), row.integer(3)].compactMap { $0 }.filter { $0 >= 0 }
    return DatabaseFindings.connections(
      workers: workers, server: row.integer(0) ?? 0, others: max(0, row.integer(1) ?? 0), limit: limits.min())
  }

  /// - Parameter primary: what the primary had written when it was asked, and which cluster it is.
  func replica(_ connection: PostgresConnection, primary: (position: String, system: String)?) -> Finding? {
    let sql = """
      SELECT pg_is_in_recovery(), (SELECT system_identifier::text FROM pg_control_system()),
             CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() >= $1::pg_lsn END,
             extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::bigint
      """
    do throws(PostgresError) {
      let row = try connection.run(sql, [primary?.position], deadline: Self.deadline)
      return DatabaseFindings.replica(
        DatabaseFindings.Replica(
          isReplica: row.boolean(0) ?? false, isOfPrimary: primary.map { $0.system == row.text(1) },
          isAbreast: row.boolean(2), secondsBehind: row.integer(3)))
    } catch {
      return .warning("replica", "cannot be asked how far it is behind", advice: "see read database")
    }
  }

  /// nil where the role may not ask.
  static func position(_ connection: PostgresConnection) -> (position: String, system: String)? {
    let sql = "SELECT pg_current_wal_flush_lsn()::text, (SELECT system_identifier::text FROM pg_control_system())"
    guard let row = try? connection.run(sql, deadline: deadline), let position = row.text(0), let system = row.text(1)
    else { return nil }
    return (position, system)
  }

  private static func hasSchema(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
    try connection.run("SELECT to_regclass('iris.upkeep') IS NOT NULL", deadline: deadline).boolean(0) == true
  }
}
