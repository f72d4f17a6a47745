import Dispatch
import IrisSystem
import Synchronization

/// Runs blocking work on as many threads as there are pieces; tasks of Swift's own pool would take turns on two of them.
func concurrently<Value: Sendable>(
  _ count: Int, _ work: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
  let results = Results<Value>(count)
  let group = DispatchGroup()
  for index in 0..<count {
    // Each serial queue gets a thread of its own.
    DispatchQueue(label: "worker \(index)").async(group: group) { results.set(index, Result { try work(index) }) }
  }
  group.wait()
  return try results.all.map { try $0.get() }
}

/// What the threads bring home.
private final class Results<Value: Sendable>: Sendable {
  private let values: Mutex<[Int: Result<Value, any Error>]> = Mutex([:])
  private let count: Int

  init(_ count: Int) { self.count = count }

  func set(_ index: Int, _ result: Result<Value, any Error>) { values.withLock { $0[index] = result } }

  var all: [Result<Value, any Error>] { values.withLock { values in (0..<count).compactMap { values[$0] } } }
}

extension TestDatabase {
  /// Runs a piece of work on each of so many connections of the application's role, and lets none begin before all stand
  /// ready: they wait for an advisory lock whose holder is then ended.
  func allAtOnce<Value: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (PostgresConnection, Int) throws -> Value
  ) throws -> [Value] {
    let url = url
    let gate = try connect()
    let holder = try gate.run(
      "SELECT pg_advisory_lock(1)::text || pg_backend_pid()", deadline: TestDatabase.deadline()
    ).text(0)
    let results = try concurrently(count + 1) { index -> Value? in
      let connection = try PostgresConnection(
        conninfo: url, prepares: false, deadline: TestDatabase.deadline(seconds: 30))
      guard index < count else {
        try TestDatabase.open(gate: holder, waiting: count, connection)
        return nil
      }
      _ = try connection.run("SELECT pg_advisory_lock_shared(1)", deadline: TestDatabase.deadline(seconds: 60))
      return try work(connection, index)
    }
    return results.compactMap { $0 }
  }

  private static func open(gate holder: String?, waiting count: Int, _ connection: PostgresConnection) throws {
    let sql = """
      SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      """
    let deadline = TestDatabase.deadline(seconds: 30)
    while try connection.run(sql, deadline: deadline).integer(0) != count {
      _ = try connection.run("SELECT pg_sleep(0.01)", deadline: deadline)
    }
    _ = try connection.run("SELECT pg_terminate_backend($1::integer)", [holder], deadline: deadline)
  }
}
