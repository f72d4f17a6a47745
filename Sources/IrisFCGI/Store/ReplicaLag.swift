import IrisSystem

/// How far the replica of `IRIS_DATABASE_READ_URL` is behind the primary, by what both say of the write-ahead log: the clock
/// alone would take a quiet primary for a slow replica.
struct ReplicaLag {
  let primary: Database
  let url: Secret

  private static let microseconds: Int64 = 3_000_000

  private static let sql = """
    SELECT CASE WHEN pg_last_wal_replay_lsn() >= $1::pg_lsn THEN 0
                ELSE greatest(1, extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))::bigint END
     WHERE pg_is_in_recovery()
    """

  /// Seconds, rounded, 0 when it has everything; nil: one of both does not say, or the copy is no streaming replica.
  func seconds() -> Int? {
    do {
      guard let written = try primary.run("SELECT pg_current_wal_lsn()", repeatable: true).text(0) else { return nil }
      let deadline = Clock.monotonicMicroseconds + Self.microseconds
      let replica = try PostgresConnection(conninfo: url.exposed, prepares: false, deadline: deadline)
      return try replica.run(Self.sql, [written], deadline: deadline).integer(0)
    } catch {
      return nil
    }
  }
}
