import FoundationEssentials
import IrisSystem
import Testing

@testable import IrisFCGI

/// Runs `check` and gives its findings by name.
private struct CheckRun {
  let code: Int32
  let output: String
  let errors: String

  init(_ environment: [String: String], json: Bool = true) {
    let recording = ConsoleRecording()
    let loader = ConfigurationLoader(environment: Sample.environment(environment))
    code = CheckCommand.run(json: json, loader: loader, console: recording.console(), surroundings: Self.surroundings)
    output = recording.output
    errors = recording.errors
  }

  /// A host without nginx and units, and a model that knows everybody.
  private static var surroundings: CheckSurroundings {
    var surroundings = CheckSurroundings(
      transport: { (_, _, _, _) throws(CurlError) in
        CurlReply(status: 200, body: Array(#"{"name":"models/m"}"#.utf8))
      })
    surroundings.unitFolders = []
    surroundings.files.status = { (path) throws(FileError) in
      if path == NginxFiles.usual { throw .notFound(path: path) }
      return try Files.status(of: path)
    }
    return surroundings
  }

  private struct Document: Decodable {
    struct Check: Decodable {
      let name: String
      let status: String
      let found: String
    }
    let checks: [Check]
    let status: String
  }

  func status() throws -> String { try decoded().status }

  func names(_ status: String) throws -> [String] { try decoded().checks.filter { $0.status == status }.map(\.name) }

  func found(_ name: String) throws -> [String] {
    try decoded().checks.filter { $0.name == name }.map { "\($0.status): \($0.found)" }
  }

  private func decoded() throws -> Document {
    try JSONDecoder().decode(Document.self, from: Data(output.utf8))
  }
}

@Suite struct CheckCommandTests {
  private static let keys = ["IRIS_JWT_SECRET": Sample.key, "IRIS_ANONYMISATION_KEY": Sample.otherKey]

  @Test func `a broken configuration is told whole, and the rest skipped`() throws {
    let run = CheckRun(["IRIS_CHAT_DEADLINE": "soon", "IRIS_NOPE": "1", "IRIS_DATABASE_URL": "host=/nowhere dbname=x"])
    #expect(run.code == 1)
    #expect(try run.status() == "failed")
    #expect(try run.names("failed") == ["configuration", "configuration"])
    #expect(try run.names("ok") == [] && run.names("warning") == [])
    #expect(
      try run.names("skipped") == [
        "serving", "database", "clock", "encoding", "time zone", "schema", "role", "partitions", "upkeep",
        "connections", "gemini", "state folder", "runtime folder", "units", "nginx", "sockets", "pools",
      ])
  }

  @Test func `what workers cannot do without is missing, and so the database is skipped`() throws {
    let run = CheckRun([:])
    #expect(run.code == 1)
    #expect(try run.found("configuration") == ["ok: valid; read from the environment alone"])
    #expect(
      try run.found("serving").map { String($0.prefix(21)) } == [
        "failed: IRIS_DATABASE", "failed: IRIS_JWT_SECR", "failed: IRIS_ANONYMIS",
      ])
    #expect(try run.found("database") == ["skipped: IRIS_DATABASE_URL is not set"])
    #expect(Array(try run.names("skipped").prefix(DatabaseChecks.names.count)) == DatabaseChecks.names)
  }

  @Test func `warnings of the configuration are findings`() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("jwt", Sample.key, permissions: 0o644)
    let run = CheckRun(["IRIS_JWT_SECRET_FILE": file, "IRIS_ANONYMISATION_KEY": Sample.key])
    #expect(
      try run.found("configuration").dropFirst() == [
        "warning: IRIS_JWT_SECRET_FILE: \(file) is open to every user",
        "warning: IRIS_ANONYMISATION_KEY: has a key of IRIS_JWT_SECRET",
      ])
    #expect(!run.output.contains(Sample.key))
  }

  @Test func `an environment file that this user may not read is a warning`() throws {
    let recording = ConsoleRecording()
    let loader = ConfigurationLoader(environment: [:], files: .denying(EnvironmentFile.defaultPath))
    _ = CheckCommand.run(json: true, loader: loader, console: recording.console())
    #expect(recording.output.contains("may not be read by this user"))
  }

  @Test func `a server that is not there is a failure with the words of libpq`() throws {
    let run = CheckRun(Self.keys.merging(["IRIS_DATABASE_URL": "host=/nowhere dbname=x"]) { $1 })
    #expect(run.code == 1)
    #expect(try run.found("database").first?.contains("/nowhere/.s.PGSQL") == true)
    #expect(
      Array(try run.names("skipped").prefix(DatabaseChecks.names.count - 1)) == Array(DatabaseChecks.names.dropFirst()))
    #expect(try run.names("ok").contains("serving"))
  }

  @Test func `links that lead over plain HTTP are a warning, but to this host`() throws {
    let run = CheckRun([
      "IRIS_PUBLIC_URL": "http://iris.test", "IRIS_LOGIN_URL": "http://localhost:3000/login",
      "IRIS_UPGRADE_URL": "https://iris.test/p",
    ])
    #expect(try run.found("configuration").dropFirst() == ["warning: IRIS_PUBLIC_URL is not https"])
  }

  @Test func `people get a line for each finding and a sum`() throws {
    let run = CheckRun(Self.keys, json: false)
    #expect(run.output.hasPrefix("ok       configuration      valid; "))
    #expect(run.output.contains("\n                            -> "))
    #expect(run.output.hasSuffix(" skipped\n"))
    #expect(run.errors == "")
  }
}

@Suite(.needsDatabase) struct CheckDatabaseTests {
  private let database: TestDatabase
  private let folder: TemporaryFolder

  init() throws {
    database = try TestDatabase()
    folder = try TemporaryFolder()
  }

  private func run(_ change: [String: String] = [:]) -> CheckRun {
    let environment = [
      "IRIS_DATABASE_URL": database.url, "IRIS_JWT_SECRET": Sample.key, "IRIS_ANONYMISATION_KEY": Sample.otherKey,
      "IRIS_GEMINI_API_KEYS": "k", "IRIS_STATE_DIR": folder.path, "IRIS_RUNTIME_DIR": folder.path,
    ]
    return CheckRun(environment.merging(change) { $1 })
  }

  @Test func `all is well`() throws {
    let run = run()
    #expect(run.code == 0)
    #expect(try run.status() == "ok")
    #expect(
      try run.names("ok") == [
        "configuration", "serving", "database", "clock", "encoding", "time zone", "schema", "role", "partitions",
        "upkeep", "connections", "gemini key 1", "state folder", "runtime folder",
      ])
    #expect(try run.names("skipped") == ["mail server", "alert webhook", "units", "nginx", "sockets", "pools"])
  }

  @Test func `warnings alone end with 3`() throws {
    let run = run(["IRIS_GEMINI_API_KEYS": ""])
    #expect(run.code == 3)
    #expect(try run.names("warning") == ["gemini"])
  }

  @Test(
    arguments: [
      ("UPDATE iris.schema_version SET version = 0", "schema", "failed: the schema is version 0"),
      ("UPDATE iris.schema_version SET version = 9", "schema", "ok: version 9"),
      (
        "UPDATE iris.schema_version SET version = 9, oldest_worker = 9", "schema",
        "failed: the schema (version 9) serves programs of schema version 9 or later"
      ),
      ("DELETE FROM iris.schema_version", "schema", "failed: the schema has no version"),
      ("DROP SCHEMA iris CASCADE", "schema", "failed: the database has no schema of Iris"),
      ("DROP SCHEMA iris CASCADE", "role", "skipped: "),
      ("DROP SCHEMA iris CASCADE", "partitions", "skipped: "),
      ("REVOKE USAGE ON SCHEMA iris FROM iris_app", "schema", "failed: the database role may not read"),
      ("REVOKE USAGE ON SCHEMA iris FROM iris_app", "role", "failed: iris may not use the schema iris"),
      ("REVOKE EXECUTE ON FUNCTION iris.begin_chat FROM iris_app", "role", "failed: iris may not execute"),
      ("DROP FUNCTION iris.begin_chat", "role", "failed: the function iris.begin_chat is missing"),
      ("REVOKE SELECT ON iris.accounts FROM iris_app", "role", "failed: iris may not read accounts"),
      (
        "UPDATE iris.schema_version SET applied_at = now() - interval '1 hour'", "upkeep",
        "warning: iris-fcgi maintain has never"
      ),
      (
        "UPDATE iris.upkeep SET finished_at = now() - interval '10 minutes'", "upkeep",
        "warning: iris-fcgi maintain came to its end 10"
      ),
      ("UPDATE iris.upkeep SET finished_at = now()", "upkeep", "ok: ran "),
      ("DROP SCHEMA iris CASCADE", "upkeep", "skipped: "),
      ("GRANT CREATE ON SCHEMA iris TO iris", "role", "warning: iris may create objects"),
    ])
  func `a damaged database is recognised`(damage: String, name: String, beginning: String) throws {
    try database.execute(damage)
    let found = try run().found(name)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix(beginning) == true)
  }

  @Test(arguments: ["iris_messages", "iris_events"], [0, 1])
  func `a missing partition of this month or the next is named`(table: String, month: Int) throws {
    let sql = """
      SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => $1::integer), '_YYYYMM')
      """
    let suffix = try #require(try database.text(sql, [String(month)]))
    try database.execute("DROP TABLE iris.\(table)\(suffix)")
    #expect(try run().found("partitions") == ["warning: missing: \(table)\(suffix)"])
  }

  @Test func `a limit of connections must have room for the workers`() throws {
    try database.execute("ALTER DATABASE \(database.name) CONNECTION LIMIT 2")
    #expect(try run().found("connections").first?.hasPrefix("failed: 0 workers of this host want 3") == true)
  }

  @Test func `a superuser is more than it takes`() throws {
    let superuser = try #require(try database.text("SELECT current_user"))
    // The later of two values counts in libpq.
    let separator = database.url.contains("://") ? "&" : " "
    #expect(
      try run(["IRIS_DATABASE_URL": "\(database.url)\(separator)user=\(superuser)"]).found("role").first?.hasPrefix(
        "warning: ") == true)
  }

  @Test func `a server that takes no writes is a failure, a read replica need not`() throws {
    try database.execute("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
    let run = run(["IRIS_DATABASE_READ_URL": database.url])
    #expect(try run.found("database").first?.hasPrefix("failed: PostgreSQL") == true)
    #expect(try run.found("read database").first?.hasPrefix("ok: PostgreSQL") == true)
    #expect(try run.found("replica") == ["ok: the read database is the primary itself"])
  }
}
