import IrisSystem
import Testing

/// Connecting to what is no PostgreSQL, or one that does not answer: always an error within the deadline.
struct PostgresImpostorTests {
  /// Tries to connect for so long.
  private static func attempt(_ conninfo: String, milliseconds: Int64) -> (error: PostgresError?, milliseconds: Int64) {
    let start = Clock.monotonicMicroseconds
    var found: PostgresError?
    do throws(PostgresError) {
      _ = try PostgresConnection(
        conninfo: conninfo, prepares: true, deadline: PostgresServer.deadline(milliseconds: milliseconds))
    } catch {
      found = error
    }
    return (found, (Clock.monotonicMicroseconds - start) / 1_000)
  }

  private static func isCannotConnect(_ error: PostgresError?) -> Bool {
    guard case .cannotConnect(let words) = error else { return false }
    return !words.isEmpty && !words.contains("\n")
  }

  @Test func `a server that accepts and never speaks`() throws {
    let impostor = try PostgresImpostor { _ = LocalSocket.receiveAll($0) }
    defer { withExtendedLifetime(impostor) {} }
    let (error, milliseconds) = Self.attempt(impostor.conninfo, milliseconds: 500)
    #expect(error == .cannotConnect("no answer from the server in time"))
    #expect((480...1_800).contains(milliseconds))
  }

  @Test func `a server that does not even accept`() throws {
    let directory = try TemporaryDirectory()
    let listener = try LocalSocket.listen(unix: directory.file(".s.PGSQL.5432"))
    defer { LocalSocket.close(listener) }
    let (error, milliseconds) = Self.attempt("host=\(directory.path) sslmode=disable", milliseconds: 500)
    #expect(Self.isCannotConnect(error) && (480...1_800).contains(milliseconds))
  }

  @Test(
    arguments: [
      [], [0], Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), Array("N".utf8), [UInt8](repeating: 0xFF, count: 1_000),
      // AuthenticationOk with a wrong length; an ErrorResponse; a request for a password.
      [0x52, 0, 0, 0, 200, 0, 0, 0, 0], Array("E\0\0\0\u{14}SFATAL\0C57P03\0Mno\0\0".utf8),
      [0x52, 0, 0, 0, 8, 0, 0, 0, 3],
    ] as [[UInt8]])
  func `a server that answers nonsense and closes`(bytes: [UInt8]) throws {
    let impostor = try PostgresImpostor {
      _ = LocalSocket.receive($0)
      LocalSocket.send(bytes, to: $0)
    }
    defer { withExtendedLifetime(impostor) {} }
    let (error, milliseconds) = Self.attempt(impostor.conninfo, milliseconds: 3_000)
    #expect(Self.isCannotConnect(error) && milliseconds < 3_500)
  }

  @Test func `a server that says it is ready and then nothing`() throws {
    // AuthenticationOk, ReadyForQuery.
    let impostor = try PostgresImpostor {
      _ = LocalSocket.receive($0)
      LocalSocket.send([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5A, 0, 0, 0, 5, 0x49], to: $0)
      _ = LocalSocket.receiveAll($0)
    }
    defer { withExtendedLifetime(impostor) {} }
    for prepares in [true, false] {
      let connection = try PostgresConnection(
        conninfo: impostor.conninfo, prepares: prepares, deadline: PostgresServer.deadline(milliseconds: 3_000))
      #expect(connection.isAlive)
      let start = Clock.monotonicMicroseconds
      #expect(throws: PostgresError.timedOut) {
        _ = try connection.run("SELECT 1", deadline: PostgresServer.deadline(milliseconds: 300))
      }
      #expect((280_000...1_500_000).contains(Clock.monotonicMicroseconds - start))
    }
  }

  @Test func `a server that stops reading does not hold up a large statement`() throws {
    let done = Shared(false)
    // It listens for as long as it is held.
    let impostor = try PostgresImpostor {
      _ = LocalSocket.receive($0)
      LocalSocket.send([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5A, 0, 0, 0, 5, 0x49], to: $0)
      while !done.value { LocalSocket.sleep(milliseconds: 20) }
    }
    defer { withExtendedLifetime(impostor) {} }
    defer { done.value = true }
    let connection = try PostgresConnection(
      conninfo: impostor.conninfo, prepares: false, deadline: PostgresServer.deadline(milliseconds: 3_000))
    let start = Clock.monotonicMicroseconds
    #expect(throws: PostgresError.timedOut) {
      _ = try connection.run(
        "SELECT $1", [String(repeating: "x", count: 8 << 20)], deadline: PostgresServer.deadline(milliseconds: 300))
    }
    #expect(Clock.monotonicMicroseconds - start < 2_000_000)
  }

  @Test(arguments: [
    "host=/nonexistent", "nonsense", "host=127.0.0.1 port=1", "port=x", "postgresql://[::1", "dbname='",
  ])
  func `a server that is not there is known at once`(conninfo: String) {
    let (error, milliseconds) = Self.attempt(conninfo, milliseconds: 3_000)
    #expect(Self.isCannotConnect(error) && milliseconds < 2_000)
  }

  @Test func `a deadline that has passed is not waited for`() throws {
    let impostor = try PostgresImpostor { _ = LocalSocket.receiveAll($0) }
    defer { withExtendedLifetime(impostor) {} }
    let (error, milliseconds) = Self.attempt(impostor.conninfo, milliseconds: -1)
    #expect(Self.isCannotConnect(error) && milliseconds < 500)
  }
}
