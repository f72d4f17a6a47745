import IrisSystem
import Testing

@testable import IrisFCGI

/// What `iris-fcgi migrate` decides without a database; Tests/EndToEnd/database/test_migrate.py has the rest.
@Suite struct MigrateTests {
  @Test(arguments: [
    ("    this_version CONSTANT integer := 4;\n", 4), ("a\n  this_version CONSTANT integer :=12 ;", 12), ("", 0),
    ("this_version CONSTANT integer := four;", 0), ("SELECT 1", 0),
  ]) func `a file says its version`(text: String, version: Int) {
    #expect(SchemaScript(path: "x", text: text).version == version)
  }

  @Test func `the schema of this release is of the version that the program needs`() throws {
    let path = #filePath.split(separator: "/").dropLast(5).map { "/" + $0 }.joined() + "/schema.sql"
    let script = try SchemaScript(reading: path)
    #expect(script.version == Version.schema)
    #expect(script.text.contains("FUNCTION iris.begin_chat") && !script.text.contains("\\ir"))
  }

  @Test func `a part that is not there is named`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("schema.sql", "\\ir parts/gone.sql\n")
    let failure = #expect(throws: CommandFailure.self) { try SchemaScript(reading: path) }
    #expect(failure?.lines.first?.contains("/parts/gone.sql") == true)
  }

  @Test(arguments: [
    ("/usr/bin/iris-fcgi", "/usr/share/iris/schema.sql"), ("/opt/x/bin/iris-fcgi", "/opt/x/share/iris/schema.sql"),
    ("/iris-fcgi", "/usr/share/iris/schema.sql"),
  ]) func `it lies beside the program`(executable: String, path: String) throws {
    let found = SchemaScript.installedPath(executable: executable, files: Self.everything)
    #expect(found == path)
    #expect(SchemaScript.installedPath(executable: nil, files: Self.everything) == "/usr/share/iris/schema.sql")
    #expect(SchemaScript.installedPath(executable: executable, files: Self.nothing) == "/usr/share/iris/schema.sql")
  }

  private static let everything = FileAccess(
    read: { (path, _) throws(FileError) in throw .notFound(path: path) },
    status: { (_) throws(FileError) in try Files.status(of: "/etc/passwd") })
  private static let nothing = FileAccess(
    read: { (path, _) throws(FileError) in throw .notFound(path: path) },
    status: { (path) throws(FileError) in throw .notFound(path: path) })

  @Test(
    arguments: [
      (.refused(sqlState: "55P03", message: "m"), true), (.refused(sqlState: "40P01", message: "m"), true),
      (.refused(sqlState: "57014", message: "m"), true), (.lost("m"), true), (.timedOut, true),
      (.refused(sqlState: "42501", message: "m"), false), (.refused(sqlState: "25006", message: "m"), false),
      (.refused(sqlState: "42601", message: "m"), false), (.cannotConnect("m"), false),
    ] as [(PostgresError, Bool)]) func `only what may pass is tried again`(error: PostgresError, passes: Bool)
  {
    #expect(MigrationObstacle(error).mayPass == passes)
  }

  @Test(
    arguments: [
      (.newer(9), "schema version 9, x is version 4"), (.forbidden("m"), "runuser -u postgres -- iris-fcgi migrate"),
      (.standby, "name the primary"), (.tooSlow, "--lock 60"), (.lost("m"), "run it again, which is safe"),
      (.busy("m"), "nothing was changed"), (.unreachable("m"), "cannot be reached: m"),
      (.refused(sqlState: "42601", message: "m"), "m (42601)"),
    ] as [(MigrationObstacle, String)]) func `each obstacle says what to do`(obstacle: MigrationObstacle, words: String)
  {
    let script = SchemaScript(path: "x", text: "this_version CONSTANT integer := 4;")
    let lines = obstacle.failure(script, attempts: 3, holder: "process 1").lines
    #expect(lines.joined(separator: " ").contains(words))
    #expect(lines.contains { $0.contains("process 1") } == (obstacle == .busy("m")))
  }

  @Test func `without an address it says how to give one`() {
    var said = ""
    let console = Console(isStyled: false, write: { _ in }, writeError: { said += $0 })
    let path = #filePath.split(separator: "/").dropLast(5).map { "/" + $0 }.joined() + "/schema.sql"
    let loader = ConfigurationLoader(environment: ["IRIS_ENV_FILE": "/dev/null"])
    let code = MigrateCommand.run(MigrateRequest(file: path), json: false, loader: loader, console: console)
    #expect(code == ExitCode.failed && said.contains("--database dbname=iris"))
  }
}
