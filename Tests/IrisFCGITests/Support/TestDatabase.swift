import IrisSystem
import Testing

@testable import IrisFCGI

/// A database of one test, cloned from the template `iris_template` and dropped when the test lets go of it.
///
/// `IRIS_TEST_DATABASE_URL` is a superuser's libpq URL of a private cluster in which the template has schema.sql applied
/// and the login role `iris` is a member of `iris_app`.
final class TestDatabase {
  private static let clusterURL = HostProcess.environment["IRIS_TEST_DATABASE_URL"] ?? ""

  /// Whether tests with a database run: where one must be there, its absence is their failure and no reason to skip.
  static var isExpected: Bool { !clusterURL.isEmpty || HostProcess.environment["IRIS_REQUIRE_DATABASE"] == "1" }

  struct Missing: Error, CustomStringConvertible {
    let description = "IRIS_TEST_DATABASE_URL is not set although IRIS_REQUIRE_DATABASE=1 asks for a PostgreSQL"
  }

  let name: String
  /// What the application connects with: the role `iris`.
  let url: String
  /// The cluster's superuser, in this database.
  let superuser: PostgresConnection
  private let maintenance: PostgresConnection

  init() throws {
    guard !TestDatabase.clusterURL.isEmpty else { throw Missing() }
    name = "iris_test_" + Hex.encode(try Random.bytes(8))
    maintenance = try TestDatabase.connect(TestDatabase.clusterURL)
    try TestDatabase.clone("iris_template", as: name, maintenance)
    superuser = try TestDatabase.connect(TestDatabase.address(database: name))
    url = TestDatabase.address(database: name, role: "iris")
  }

  deinit { try? TestDatabase.drop(name, maintenance) }

  private static func drop(_ name: String, _ connection: PostgresConnection) throws {
    _ = try connection.run("DROP DATABASE \(name) WITH (FORCE)", deadline: deadline(seconds: 15))
  }

  /// A template that somebody is connected to, if only autovacuum, cannot be copied at that moment.
  private static func clone(_ template: String, as name: String, _ connection: PostgresConnection) throws {
    // A copy of files is faster than one through the log, and makes the drop faster too.
    let sql = "CREATE DATABASE \(name) TEMPLATE \(template) STRATEGY file_copy"
    var attempts = 0
    while try isBusy(connection, sql), attempts < 50 {
      attempts += 1
      _ = try connection.run("SELECT pg_sleep(0.1)", deadline: deadline(seconds: 5))
    }
  }

  private static func isBusy(_ connection: PostgresConnection, _ sql: String) throws -> Bool {
    do {
      _ = try connection.run(sql, deadline: deadline(seconds: 30))
      return false
    } catch PostgresError.refused(sqlState: "55006", _) {
      return true
    }
  }

  /// The cluster's URL with other names; a later parameter of the same name wins in libpq.
  private static func address(database: String, role: String? = nil) -> String {
    let words = ["dbname=\(database)"] + (role.map { ["user=\($0)"] } ?? [])
    guard clusterURL.hasPrefix("postgres") && clusterURL.contains("://") else {
      return clusterURL + " " + words.joined(separator: " ")
    }
    return clusterURL + (clusterURL.contains("?") ? "&" : "?") + words.joined(separator: "&")
  }

  private static func connect(_ url: String) throws -> PostgresConnection {
    try PostgresConnection(conninfo: url, prepares: false, deadline: deadline(seconds: 10))
  }

  static func deadline(seconds: Int64 = 10) -> Int64 { Clock.monotonicMicroseconds + seconds * 1_000_000 }

  /// A further connection as the application's role.
  func connect() throws -> PostgresConnection { try TestDatabase.connect(url) }

  /// Runs a statement as the superuser.
  func execute(_ sql: String, _ parameters: [String?] = []) throws {
    _ = try superuser.run(sql, parameters, deadline: TestDatabase.deadline())
  }

  /// The first value of a query by the superuser.
  func text(_ sql: String, _ parameters: [String?] = []) throws -> String? {
    try superuser.run(sql, parameters, deadline: TestDatabase.deadline()).text(0)
  }

  func integer(_ sql: String, _ parameters: [String?] = []) throws -> Int? {
    try text(sql, parameters).flatMap { Int($0) }
  }

  /// The first column of all rows of a query by the superuser.
  func column(_ sql: String, _ parameters: [String?] = []) throws -> [String?] {
    let result = try superuser.run(sql, parameters, deadline: TestDatabase.deadline())
    var values: [String?] = []
    for row in 0..<result.rowCount { values.append(result.text(0, row: row)) }
    return values
  }
}

extension Trait where Self == ConditionTrait {
  /// For tests with a PostgreSQL.
  static var needsDatabase: Self { .enabled(if: TestDatabase.isExpected, "IRIS_TEST_DATABASE_URL is not set") }
}
