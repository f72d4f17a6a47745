import IrisSystem

/// Why the database gave nothing. Details went to the log already.
enum StoreError: Error, Equatable, Sendable {
  /// Not configured, unreachable, too slow, or its schema does not fit this program: ask again later.
  case unavailable
  /// PostgreSQL refused the statement, by its SQLSTATE.
  case refused(sqlState: String)
}

/// A worker's one connection to PostgreSQL: opened when first needed, closed when idle, given up when it stalls.
///
/// Every call ends within `callMilliseconds`, connecting included. After a failure the breaker, which all workers of the
/// host share, lets the next calls fail at once for a moment instead of queueing users behind a dead server.
final class Database {
  /// The longest that one call of a worker may take. A request that needs the database answers within 3 s whatever happens
  /// to it.
  static let callMilliseconds: Int64 = 2_000
  /// After a failure the next connection must be there within so long: while a server is silent, the one user a second who
  /// finds that out waits no longer.
  static let trialMilliseconds: Int64 = 500
  /// For how long that keeps other workers from trying, in microseconds.
  static let trialPause: Int64 = 700_000
  /// A connection unused for so long is closed, so that an idle pool holds no backends.
  static let idleMilliseconds: Int64 = 60_000

  /// So many calls of a request are told one by one.
  private static let toldCalls = 8

  private let settings: DatabaseSettings
  /// Who connects; nil: the process as it is.
  private let user: SystemUser?
  private let breaker: Breaker
  private let log: Log?
  private let now: () -> Int64
  private let callMilliseconds: Int64
  /// Where connections are counted and waits are shown; nil for a command.
  private let scoreboard: Scoreboard?
  private var connection: PostgresConnection?
  /// The host that answered last, of several: the next connection begins there.
  private var host = 0
  private var lastUsed: Int64 = 0
  /// Whether the last connection was refused by `SchemaVersion`.
  private var foundMisfit = false

  /// Microseconds spent in calls since the worker took the current request.
  private(set) var spentMicroseconds: Int64 = 0
  /// How long each of them took, in their order, those that failed at once included; the first few.
  private(set) var callMicroseconds: [Int64] = []
  /// Calls since the worker took the current request.
  private(set) var roundTrips = 0
  /// Why the last call that failed did, in the words that the log has: for a command, which tells them to a person.
  private(set) var lastFailure: String?

  /// - Parameters:
  ///   - user: who connects, where that is not the process's own user.
  ///   - log: takes every failure; nil: the caller tells `lastFailure`.
  ///   - callMilliseconds: the longest that one call may take; more than a worker's for what no user waits for.
  init(
    settings: DatabaseSettings, as user: SystemUser? = nil, breaker: Breaker, log: Log?,
    callMilliseconds: Int64 = Database.callMilliseconds, scoreboard: Scoreboard? = nil,
    now: @escaping () -> Int64 = { Clock.monotonicMicroseconds }
  ) {
    self.settings = settings
    self.user = user
    self.breaker = breaker
    self.log = log
    self.callMilliseconds = callMilliseconds
    self.scoreboard = scoreboard
    self.now = now
  }

  /// Whether there is a database, of another schema than this program needs: an operator has to act, and until then nothing
  /// may take its place.
  var isMisfit: Bool { breaker.isMisfit }

  /// Starts the account of a new request.
  func beginRequest() {
    spentMicroseconds = 0
    roundTrips = 0
    callMicroseconds.removeAll(keepingCapacity: true)
  }

  /// Puts to the request's account what another connection did for it.
  func add(microseconds: Int64, roundTrips: Int) {
    spentMicroseconds += microseconds
    self.roundTrips += roundTrips
  }

  /// Closes a connection that has not been used for a minute.
  func closeIfIdle() {
    if connection != nil, now() - lastUsed > Database.idleMilliseconds * 1_000 { connection = nil }
  }

  /// Runs one statement.
  /// - Parameter repeatable: whether it may be sent again when the connection broke and its outcome is unknown.
  func run(_ sql: String, _ parameters: [String?] = [], repeatable: Bool = false) throws(StoreError) -> PostgresResult {
    let start = now()
    let phase = scoreboard?.workers.enter(.database)
    defer {
      if let phase { scoreboard?.workers.enter(phase) }
      lastUsed = now()
      spentMicroseconds += lastUsed - start
      if callMicroseconds.count < Database.toldCalls { callMicroseconds.append(lastUsed - start) }
    }
    let url = try permittedURL()
    let deadline = start + callMilliseconds * 1_000
    do throws(PostgresError) {
      return try exchange(sql, parameters, url: url, deadline: deadline)
    } catch {
      guard shouldRepeat(error, repeatable: repeatable) else { throw failure(error, since: start) }
    }
    do throws(PostgresError) {
      return try exchange(sql, parameters, url: url, deadline: deadline)
    } catch {
      throw failure(error, since: start)
    }
  }

  /// Where to connect, unless there is nowhere or the breaker says to wait. Neither is news for the breaker.
  private func permittedURL() throws(StoreError) -> Secret {
    guard let url = settings.url else {
      lastFailure = "IRIS_DATABASE_URL is not set"
      log?.write(.error, "there is no database: IRIS_DATABASE_URL is not set")
      throw .unavailable
    }
    // A server that went silent is silent on each connection, and each would cost a user the whole limit.
    if !breaker.isSilent, connection?.isAlive == true { return url }
    connection = nil
    guard breaker.permits(at: now()) else {
      lastFailure = "it failed a moment ago; waiting before the next try"
      throw .unavailable
    }
    return url
  }

  private func exchange(
    _ sql: String, _ parameters: [String?], url: Secret, deadline: Int64
  ) throws(PostgresError) -> PostgresResult {
    let connection = try connected(to: url, deadline: deadline)
    roundTrips += 1
    return try connection.run(sql, parameters, deadline: deadline)
  }

  /// The present connection, or a new one whose schema fits.
  private func connected(to url: Secret, deadline: Int64) throws(PostgresError) -> PostgresConnection {
    if let connection { return connection }
    foundMisfit = false
    let limit = breaker.hasFailed ? min(deadline, now() + Database.trialMilliseconds * 1_000) : deadline
    let fresh = try PostgresConnection(
      conninfo: url.exposed, prepares: settings.preparesStatements, startingAt: host, as: user, deadline: limit)
    host = fresh.host
    try check(fresh, deadline: limit)
    breaker.succeeded()
    scoreboard?.databaseConnections.increment()
    connection = fresh
    return fresh
  }

  /// Remembers that it was the schema, not the connection, which failed.
  private func check(_ fresh: PostgresConnection, deadline: Int64) throws(PostgresError) {
    do throws(PostgresError) { try SchemaVersion.check(fresh, deadline: deadline) } catch {
      if case .cannotConnect = error { foundMisfit = true }
      throw error
    }
  }

  private func shouldRepeat(_ error: PostgresError, repeatable: Bool) -> Bool {
    switch error {
    case .lost:
      connection = nil
      return repeatable
    case .refused(let state, _) where state == "0A000" || state == "26000":
      // A statement prepared before the schema changed, or a pooler that gave us another server.
      connection = nil
      return true
    default: return false
    }
  }

  /// Logs, tells the breaker, and turns PostgreSQL's words into ours.
  private func failure(_ error: PostgresError, since start: Int64) -> StoreError {
    switch error {
    case .cannotConnect(let words):
      connection = nil
      let end = now()
      breaker.failed(
        at: end, isSilent: end - start >= Database.trialMilliseconds * 1_000 && !foundMisfit, isMisfit: foundMisfit)
      log?.write(.error, "cannot reach PostgreSQL", [("reason", .text(words))])
      lastFailure = words
      return .unavailable
    case .timedOut:
      connection = nil
      breaker.failed(at: now(), isSilent: true)
      log?.write(.error, "PostgreSQL did not answer in time", [("limit_ms", .number(Int(callMilliseconds)))])
      lastFailure = "PostgreSQL did not answer within \(callMilliseconds) ms"
      return .unavailable
    case .lost(let words):
      connection = nil
      log?.write(.error, "the connection to PostgreSQL broke", [("reason", .text(words))])
      lastFailure = "the connection broke: \(words)"
      return .unavailable
    case .refused(let state, let message):
      log?.write(.error, "PostgreSQL refused a statement", [("sqlstate", .text(state)), ("reason", .text(message))])
      lastFailure = "PostgreSQL refused a statement: \(message) (\(state))"
      return Database.passes(state) ? .unavailable : .refused(sqlState: state)
    }
  }

  /// Refusals that another try may not meet: a server that takes no writes now, has no room or was interrupted, and a row
  /// that went away under us (an account erased meanwhile).
  private static func passes(_ sqlState: String) -> Bool {
    ["25006", "23503"].contains(sqlState) || ["40", "53", "57"].contains(sqlState.prefix(2))
  }
}
