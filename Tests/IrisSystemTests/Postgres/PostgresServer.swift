import IrisSystem
import Testing

/// Where the tests' PostgreSQL is, and stand-ins for one that is not well.
enum PostgresServer {
  /// A superuser's libpq URL of a private cluster.
  static let url = HostProcess.environment["IRIS_TEST_DATABASE_URL"] ?? ""

  /// Where a server must be there, its absence is a failure and no reason to skip.
  static var isExpected: Bool { !url.isEmpty || HostProcess.environment["IRIS_REQUIRE_DATABASE"] == "1" }

  static func deadline(milliseconds: Int64 = 10_000) -> Int64 { Clock.monotonicMicroseconds + milliseconds * 1_000 }

  static func connect(prepares: Bool = true, milliseconds: Int64 = 10_000) throws -> PostgresConnection {
    try #require(
      !url.isEmpty, "IRIS_TEST_DATABASE_URL is not set although IRIS_REQUIRE_DATABASE=1 asks for a PostgreSQL")
    return try PostgresConnection(conninfo: url, prepares: prepares, deadline: deadline(milliseconds: milliseconds))
  }
}

/// Listens where libpq looks for a server's unix socket and does to each connection what it is told.
final class PostgresImpostor {
  let conninfo: String
  private let directory: TemporaryDirectory
  private let server: LocalServer

  init(_ behave: @escaping @Sendable (Int32) -> Void) throws {
    directory = try TemporaryDirectory()
    conninfo = "host=\(directory.path) dbname=x user=x sslmode=disable"
    server = LocalServer(listener: try LocalSocket.listen(unix: directory.file(".s.PGSQL.5432")), behave)
  }
}
