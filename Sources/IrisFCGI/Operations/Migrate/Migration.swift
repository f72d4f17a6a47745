import IrisSystem

/// Brings a database to the version of a schema.sql while workers serve.
///
/// The script is one transaction, and everything in it that touches a table waits for whoever uses that table, with everybody
/// else behind it. So all tables are locked first, in one go and in one order, with little patience: whoever is in the way
/// makes it try again instead of making users wait, and a transaction that holds one table and asks for another ends it in
/// milliseconds. From then on nothing can stand in its way, and it takes as long as the script does.
struct Migration {
  let script: SchemaScript
  let conninfo: String
  let request: MigrateRequest
  /// Takes a line about what is waited for.
  let note: (String) -> Void

  /// What was done.
  struct Outcome: Equatable, Sendable {
    /// nil: there was no schema.
    let from: Int?
    var attempts: Int
    /// Of the attempt that did it: tables were locked for no longer.
    var milliseconds: Int
  }

  private static let connectMicroseconds: Int64 = 10_000_000
  /// For each table; the last outwaits the second after which PostgreSQL ends an autovacuum that is in the way.
  private static let lockMilliseconds = [200, 400, 800, 1_200]
  private static let pauses: [Int64] = [250_000, 500_000, 1_000_000, 2_000_000]
  /// An attempt that was too slow shows what others will be.
  private static let slowAttempts = 3

  func run() throws(CommandFailure) -> Outcome {
    let end = Clock.monotonicMicroseconds + Int64(request.waitSeconds * 1_000_000)
    var attempts = 0
    var slow = 0
    while true {
      let obstacle: MigrationObstacle
      do throws(MigrationObstacle) {
        return try attempt(number: attempts)
      } catch {
        obstacle = error
      }
      attempts += 1
      guard obstacle.mayPass else { throw obstacle.failure(script) }
      if obstacle == .tooSlow { slow += 1 }
      guard slow < Self.slowAttempts, Clock.monotonicMicroseconds < end else {
        throw obstacle.failure(script, attempts: attempts, request: request, holder: oldestTransaction())
      }
      if attempts == 1 { note("\(obstacle.words); trying again for \(Int(request.waitSeconds)) s") }
      Clock.sleep(microseconds: Self.pauses[min(attempts, Self.pauses.count) - 1])
    }
  }

  private func attempt(number: Int) throws(MigrationObstacle) -> Outcome {
    let connection = try connect()
    let found = try version(connection)
    if let found, found > script.version { throw .newer(found) }
    let start = Clock.monotonicMicroseconds
    // Nobody waits for a schema that is not there yet.
    let limit = found == nil ? max(request.waitSeconds, request.lockSeconds) : request.lockSeconds
    do throws(PostgresError) {
      try connection.runScript(preamble(number) + script.text, deadline: start + Int64(limit * 1_000_000))
    } catch {
      throw MigrationObstacle(error)
    }
    let took = Int((Clock.monotonicMicroseconds - start) / 1_000)
    return Outcome(from: found, attempts: number + 1, milliseconds: took)
  }

  private func connect() throws(MigrationObstacle) -> PostgresConnection {
    do throws(PostgresError) {
      return try PostgresConnection(
        conninfo: conninfo, prepares: false, deadline: Clock.monotonicMicroseconds + Self.connectMicroseconds)
    } catch {
      throw MigrationObstacle(error)
    }
  }

  /// The version in the database; nil: it has no schema.
  private func version(_ connection: PostgresConnection) throws(MigrationObstacle) -> Int? {
    let deadline = Clock.monotonicMicroseconds + Self.connectMicroseconds
    do throws(PostgresError) {
      return try connection.run("SELECT version FROM iris.schema_version", deadline: deadline).integer(0)
    } catch {
      switch error {
      case .refused("42P01", _), .refused("3F000", _): return nil
      default: throw MigrationObstacle(error)
      }
    }
  }

  /// What comes before the script, in its transaction: a pooler in transaction mode keeps nothing beyond it.
  private func preamble(_ number: Int) -> String {
    """
    BEGIN;
    SET LOCAL lock_timeout = \(Self.lockMilliseconds[min(number, Self.lockMilliseconds.count - 1)]);
    DO $$ BEGIN
        PERFORM set_config('deadlock_timeout', '100', true);
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END $$;
    DO $$
    DECLARE
        owned regclass;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('iris.schema'));
        FOR owned IN SELECT c.oid FROM pg_class c
             WHERE c.relnamespace = to_regnamespace('iris') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
               -- A worker that connects reads it, and then waits for nothing else.
               AND c.relname <> 'schema_version'
             ORDER BY c.relname
        LOOP
            EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', owned);
        END LOOP;
    END $$;

    """
  }

  /// Who has had a transaction open for longest, for the operator to judge; nil when that is nobody, or cannot be asked.
  private func oldestTransaction() -> String? {
    let sql = """
      SELECT format('process %s (%s, %s) has had a transaction open for %s s', a.pid, a.usename,
               coalesce(nullif(a.application_name, ''), 'unnamed'), extract(epoch FROM now() - a.xact_start)::integer)
        FROM pg_stat_activity a
       WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
         AND a.xact_start < now() - interval '1 s'
       ORDER BY a.xact_start LIMIT 1
      """
    do {
      return try connect().run(sql, deadline: Clock.monotonicMicroseconds + Self.connectMicroseconds).text(0)
    } catch {
      return nil
    }
  }
}
