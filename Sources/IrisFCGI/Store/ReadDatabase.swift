import IrisSystem

/// Where analytics are read: the replica of `IRIS_DATABASE_READ_URL` where there is one and it answers, else the primary.
///
/// The replica has a connection and a breaker of its own, so that neither one's faults are taken for the other's, and less
/// time, so that both together still answer a request in time. Whatever it refuses the primary is asked, too: a row that was
/// taken away under a query (recovery conflict, SQLSTATE 40001), a function that has not arrived there yet.
final class ReadDatabase {
  /// The longest that one call to the replica may take.
  static let callMilliseconds: Int64 = 800

  private let primary: Database
  private let replica: Database?
  /// For all workers of the host: 1 while the primary serves in the replica's place.
  private let isAway: SharedWord
  private let log: Log?

  init(settings: DatabaseSettings, primary: Database, breaker: Breaker, isAway: SharedWord, log: Log?) {
    self.primary = primary
    self.isAway = isAway
    self.log = log
    replica = settings.readURL.map { url in
      Database(
        settings: DatabaseSettings(url: url, readURL: nil, preparesStatements: settings.preparesStatements),
        breaker: breaker, log: nil, callMilliseconds: ReadDatabase.callMilliseconds)
    }
  }

  /// Runs one statement that only reads; it may be sent twice.
  func run(_ sql: String, _ parameters: [String?] = []) throws(StoreError) -> PostgresResult {
    guard let replica else { return try primary.run(sql, parameters, repeatable: true) }
    let before = (microseconds: replica.spentMicroseconds, roundTrips: replica.roundTrips)
    defer {
      primary.add(
        microseconds: replica.spentMicroseconds - before.microseconds,
        roundTrips: replica.roundTrips - before.roundTrips)
    }
    do throws(StoreError) {
      let result = try replica.run(sql, parameters, repeatable: true)
      note(away: false)
      return result
    } catch {
      note(away: true)
    }
    return try primary.run(sql, parameters, repeatable: true)
  }

  func closeIfIdle() { replica?.closeIfIdle() }

  /// One worker of the host tells of a change.
  private func note(away: Bool) {
    let (before, after): (UInt64, UInt64) = away ? (0, 1) : (1, 0)
    guard isAway.load() == before, isAway.exchange(expected: before, desired: after) else { return }
    if away {
      log?.write(
        .warning, "analytics are read from the primary", [("reason", .text(replica?.lastFailure ?? "unknown"))])
    } else {
      log?.write(.notice, "analytics are read from the replica again", [])
    }
  }
}
