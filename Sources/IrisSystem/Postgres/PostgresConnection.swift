internal import CPostgres
internal import CSystem

/// Why PostgreSQL gave no rows. Messages are PostgreSQL's own words: for the log, never for a user.
package enum PostgresError: Error, Equatable, Sendable {
  case cannotConnect(String)
  /// The deadline passed; the connection is unusable, and what the server did with the statement is unknown.
  case timedOut
  /// The connection broke after the statement was sent; what the server did with it is unknown.
  case lost(String)
  /// The server answered with an error: SQLSTATE (appendix A of PostgreSQL's manual) and its primary message.
  case refused(sqlState: String, message: String)
}

/// One connection to PostgreSQL whose every wait has a deadline of its own: `statement_timeout` does not help when the
/// server is frozen. Deadlines are absolute, in microseconds of `Clock.monotonicMicroseconds`.
@safe package final class PostgresConnection {
  private let connection: OpaquePointer
  private let prepares: Bool
  /// Which host of the connection string this is, from 0.
  package let host: Int
  /// Statements prepared on this connection, by their text.
  private var prepared: [String: String] = [:]

  /// Connects to the first host that answers. Several share the time that is left, so that one that is silent hides no other.
  /// - Parameters:
  ///   - conninfo: a libpq URI or keyword string; several hosts are tried in order.
  ///   - prepares: whether statements are prepared; off behind a pooler in transaction mode.
  ///   - first: with which host to begin; those before it are tried last.
  ///   - user: who connects, for a server that goes by that (peer authentication); nil: the process as it is.
  package init(
    conninfo: String, prepares: Bool, startingAt first: Int = 0, as user: SystemUser? = nil, deadline: Int64
  ) throws(PostgresError) {
    let opened = unsafe try SystemUser.act(as: user) { () throws(PostgresError) in
      unsafe try PostgresConnection.open(
        PostgresTarget.all(of: conninfo), startingAt: max(0, first), deadline: deadline)
    }
    unsafe connection = opened.connection
    host = unsafe opened.host
    self.prepares = prepares
  }

  deinit { unsafe PQfinish(connection) }

  /// The first target that takes the connection; each is given its part of the time.
  @unsafe private static func open(
    _ targets: [PostgresTarget], startingAt first: Int, deadline: Int64
  ) throws(PostgresError) -> (connection: OpaquePointer, host: Int) {
    var reasons: [String] = []
    for step in targets.indices {
      let place = (first + step) % targets.count
      let now = Clock.monotonicMicroseconds
      let limit = now + (deadline - now) / Int64(targets.count - step)
      do throws(PostgresError) {
        return unsafe (try connect(targets[place], deadline: limit), place)
      } catch {
        guard case .cannotConnect(let words) = error else { throw error }
        reasons.append(words)
      }
    }
    throw .cannotConnect(reasons.joined(separator: "; "))
  }

  /// A connection that is ready for use.
  @unsafe private static func connect(
    _ target: PostgresTarget, deadline: Int64
  ) throws(PostgresError) -> OpaquePointer {
    guard let connection = unsafe start(target) else { throw .cannotConnect("libpq has no memory") }
    unsafe PQsetNoticeProcessor(connection, { _, _ in }, nil)
    do throws(PostgresError) { try unsafe finishConnecting(connection, deadline: deadline) } catch {
      unsafe PQfinish(connection)
      throw error
    }
    unsafe PQsetnonblocking(connection, 1)
    return unsafe connection
  }

  @unsafe private static func start(_ target: PostgresTarget) -> OpaquePointer? {
    unsafe CStrings.withArray(target.keywords + ["fallback_application_name"]) { keywords in
      unsafe CStrings.withArray(target.values + ["iris-fcgi"]) { values in
        unsafe PQconnectStartParams(keywords, values, target.isWhole ? 1 : 0)
      }
    }
  }

  @unsafe private static func finishConnecting(_ connection: OpaquePointer, deadline: Int64) throws(PostgresError) {
    guard unsafe PQstatus(connection) != CONNECTION_BAD else { throw .cannotConnect(unsafe message(of: connection)) }
    var wanted = PGRES_POLLING_WRITING
    while wanted != PGRES_POLLING_OK {
      guard wanted != PGRES_POLLING_FAILED else { throw .cannotConnect(unsafe message(of: connection)) }
      let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
      guard unsafe wait(on: connection, for: events, deadline: deadline) else {
        throw .cannotConnect("no answer from the server in time")
      }
      wanted = unsafe PQconnectPoll(connection)
    }
  }

  /// Whether the connection is still good as far as this side knows; a close by the server is noticed here. A server that
  /// ends a connection says so first, so the close may be the second thing to read.
  package var isAlive: Bool {
    for _ in 0..<3 {
      var entry = pollfd(fd: unsafe PQsocket(connection), events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&entry, 1, 0) > 0 else { break }
      guard unsafe PQconsumeInput(connection) == 1 else { return false }
    }
    return unsafe PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) == PQTRANS_IDLE
  }

  /// Runs one statement with its parameters, `$1` first, in text format.
  package func run(_ sql: String, _ parameters: [String?] = [], deadline: Int64) throws(PostgresError) -> PostgresResult
  {
    guard prepares else {
      return try exchange(deadline: deadline) {
        unsafe CStrings.withArray(parameters) { values in
          unsafe PQsendQueryParams(connection, sql, Int32(parameters.count), nil, values, nil, nil, 0)
        }
      }
    }
    let name = try prepare(sql, deadline: deadline)
    return try exchange(deadline: deadline) {
      unsafe CStrings.withArray(parameters) { values in
        unsafe PQsendQueryPrepared(connection, name, Int32(parameters.count), values, nil, nil, 0)
      }
    }
  }

  private func prepare(_ sql: String, deadline: Int64) throws(PostgresError) -> String {
    if let name = prepared[sql] { return name }
    let name = "iris_\(prepared.count)"
    _ = try exchange(deadline: deadline) { unsafe PQsendPrepare(connection, name, sql, 0, nil) }
    prepared[sql] = name
    return name
  }

  /// Sends, waits, and gives back the last result.
  private func exchange(deadline: Int64, send: () -> Int32) throws(PostgresError) -> PostgresResult {
    guard send() == 1 else { throw .lost(message) }
    try flush(deadline: deadline)
    return try lastResult(deadline: deadline)
  }

  /// Waits for everything that was asked for; the first error is the last result.
  private func lastResult(deadline: Int64) throws(PostgresError) -> PostgresResult {
    var last: OpaquePointer?
    while true {
      while unsafe PQisBusy(connection) == 1 {
        guard wait(for: POLLIN, deadline: deadline) else {
          unsafe PQclear(last)
          throw .timedOut
        }
        unsafe PQconsumeInput(connection)
      }
      guard let next = unsafe PQgetResult(connection) else { break }
      unsafe PQclear(last)
      unsafe last = next
    }
    guard let result = unsafe last else { throw .lost(message) }
    return try unsafe checked(result)
  }

  /// Runs a script of several statements, as one message of the simple protocol: what is refused ends it.
  ///
  /// A script that is still under way at the deadline is cancelled, and then `.refused` with SQLSTATE 57014: it would go on by
  /// itself to its COMMIT if the connection were only closed.
  package func runScript(_ sql: String, deadline: Int64) throws(PostgresError) {
    do throws(PostgresError) {
      _ = try exchange(deadline: deadline) { unsafe PQsendQuery(connection, sql) }
    } catch {
      guard case .timedOut = error else { throw error }
      cancel()
      _ = try lastResult(deadline: Clock.monotonicMicroseconds + Self.cancelMicroseconds)
    }
  }

  /// For the end of a statement that was cancelled, with the rollback.
  private static let cancelMicroseconds: Int64 = 10_000_000

  /// Asks the server to end the statement under way; that it came too late is no error.
  private func cancel() {
    guard let handle = unsafe PQgetCancel(connection) else { return }
    var reason = [CChar](repeating: 0, count: 256)
    _ = unsafe PQcancel(handle, &reason, Int32(reason.count))
    unsafe PQfreeCancel(handle)
  }

  /// Runs a `COPY … TO STDOUT` and hands its bytes over as they come, some 64 KiB at a time, whole rows.
  ///
  /// After an error the connection is of no more use, whoever threw it: the rest of the rows is still on its way.
  /// - Parameter silenceMilliseconds: the longest wait for the next bytes; the whole may take as long as it takes.
  /// - Returns: the rows, as the server counts them.
  package func copyOut(
    _ sql: String, silenceMilliseconds: Int64, _ take: ([UInt8]) throws -> Void
  ) throws -> Int {
    func deadline() -> Int64 { Clock.monotonicMicroseconds + silenceMilliseconds * 1_000 }
    guard unsafe PQsendQueryParams(connection, sql, 0, nil, nil, nil, nil, 0) == 1 else {
      throw PostgresError.lost(message)
    }
    try flush(deadline: deadline())
    guard try isReady(by: deadline()), let begun = unsafe PQgetResult(connection) else {
      throw PostgresError.lost(message)
    }
    guard unsafe PQresultStatus(begun) == PGRES_COPY_OUT else {
      _ = try unsafe checked(begun)
      throw PostgresError.refused(sqlState: "42601", message: "the statement copies nothing out")
    }
    unsafe PQclear(begun)
    var bytes: [UInt8] = []
    while try appendCopied(to: &bytes, deadline: deadline()) {
      guard bytes.count >= Self.copyChunkBytes else { continue }
      try take(bytes)
      bytes.removeAll(keepingCapacity: true)
    }
    if !bytes.isEmpty { try take(bytes) }
    return try copiedRows(deadline: deadline())
  }

  private static let copyChunkBytes = 65_536

  /// Appends the next row of a COPY; false when there are no more, or an error is the next result.
  private func appendCopied(to bytes: inout [UInt8], deadline: Int64) throws(PostgresError) -> Bool {
    while true {
      var row: UnsafeMutablePointer<CChar>?
      let count = unsafe PQgetCopyData(connection, &row, 1)
      if count > 0, let start = unsafe row {
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: Int(count)))
        unsafe PQfreemem(start)
        return true
      }
      guard count == 0 else { return false }
      guard wait(for: POLLIN, deadline: deadline) else { throw .timedOut }
      guard unsafe PQconsumeInput(connection) == 1 else { throw .lost(message) }
    }
  }

  /// The end of a COPY: how many rows it was, or why it broke off.
  private func copiedRows(deadline: Int64) throws(PostgresError) -> Int {
    guard try isReady(by: deadline), let ended = unsafe PQgetResult(connection) else { throw .lost(message) }
    let rows = try unsafe checked(ended).affectedRows
    guard try isReady(by: deadline), unsafe PQgetResult(connection) == nil else { throw .lost(message) }
    return rows
  }

  /// Waits until the next result is there.
  private func isReady(by deadline: Int64) throws(PostgresError) -> Bool {
    while unsafe PQisBusy(connection) == 1 {
      guard wait(for: POLLIN, deadline: deadline) else { throw .timedOut }
      guard unsafe PQconsumeInput(connection) == 1 else { return false }
    }
    return true
  }

  private func flush(deadline: Int64) throws(PostgresError) {
    while true {
      let state = unsafe PQflush(connection)
      if state == 0 { return }
      guard state > 0 else { throw .lost(message) }
      guard wait(for: POLLIN | POLLOUT, deadline: deadline) else { throw .timedOut }
      unsafe PQconsumeInput(connection)
    }
  }

  @unsafe private func checked(_ result: OpaquePointer) throws(PostgresError) -> PostgresResult {
    let owned = unsafe PostgresResult(owning: result)
    switch unsafe PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return owned
    default:
      // Errors of the connection itself carry no SQLSTATE, or one of class 08 or 57P (admin shutdown).
      let state = unsafe PQresultErrorField(result, 67 /* PG_DIAG_SQLSTATE, 'C' */).map { unsafe String(cString: $0) }
      let text = unsafe PQresultErrorField(result, 77 /* PG_DIAG_MESSAGE_PRIMARY, 'M' */)
        .map { unsafe String(cString: $0) }
      guard let state, !state.hasPrefix("08"), !state.hasPrefix("57P") else { throw .lost(text ?? message) }
      throw .refused(sqlState: state, message: text ?? "")
    }
  }

  private func wait(for events: Int32, deadline: Int64) -> Bool {
    unsafe PostgresConnection.wait(on: connection, for: events, deadline: deadline)
  }

  /// - Returns: false when the deadline passed first.
  @unsafe private static func wait(on connection: OpaquePointer, for events: Int32, deadline: Int64) -> Bool {
    var entry = pollfd(fd: unsafe PQsocket(connection), events: Int16(events), revents: 0)
    while true {
      let left = deadline - Clock.monotonicMicroseconds
      guard left > 0 else { return false }
      // An interrupted wait (EINTR) goes round again.
      if unsafe poll(&entry, 1, Int32(clamping: (left + 999) / 1_000)) > 0 { return true }
    }
  }

  private var message: String { unsafe PostgresConnection.message(of: connection) }

  @unsafe private static func message(of connection: OpaquePointer) -> String {
    guard let text = unsafe PQerrorMessage(connection) else { return "" }
    return unsafe String(cString: text).split(separator: "\n").joined(separator: "; ")
  }
}
