import FoundationEssentials
import IrisSystem
import Testing

@testable import IrisFCGI

/// Collects what a command writes.
final class ConsoleRecording {
  private(set) var output = ""
  private(set) var errors = ""

  func console(styled: Bool = false) -> Console {
    Console(isStyled: styled, write: { self.output += $0 }, writeError: { self.errors += $0 })
  }
}

@Suite struct CommandOutputTests {
  private let recording = ConsoleRecording()

  private func config(_ environment: [String: String], json: Bool = false, styled: Bool = false) -> Int32 {
    let loader = ConfigurationLoader(environment: Sample.environment(environment))
    return ConfigCommand.run(json: json, loader: loader, console: recording.console(styled: styled))
  }

  @Test func `config shows every variable with its value and source`() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("keys", "planted\n")
    let credential = try folder.write("iris_service_secret", "planted-\(Sample.key)")
    let environmentFile = try folder.write("iris.env", "IRIS_CHAT_DEADLINE=20\n")
    let code = config([
      "IRIS_ENV_FILE": environmentFile, "IRIS_JWT_SECRET": "planted-\(Sample.key)", "IRIS_LOG_LEVEL": "debug",
      "IRIS_GEMINI_API_KEYS_FILE": file, "CREDENTIALS_DIRECTORY": folder.path,
    ])
    #expect(code == 0)
    #expect(recording.errors == "")
    #expect(!recording.output.contains("planted") && !recording.output.contains("\u{1B}"))
    let rows = recording.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(rows.count == OptionTable.rows.count + 1)
    #expect(rows.first == ["NAME", "VALUE", "SOURCE"])
    #expect(rows.contains(["IRIS_LOG_LEVEL", "debug", "environment"]))
    #expect(rows.contains(["IRIS_CHAT_DEADLINE", "20", "env-file", "\(environmentFile):1"]))
    #expect(rows.contains(["IRIS_JWT_SECRET", "set", "environment"]))
    #expect(rows.contains(["IRIS_GEMINI_API_KEYS", "set", "file", file]))
    #expect(rows.contains(["IRIS_SERVICE_SECRET", "set", "credential", credential]))
    #expect(rows.contains(["IRIS_ANONYMISATION_KEY", "not", "set", "default"]))
    #expect(rows.contains(["IRIS_CONNECT_TIMEOUT", "3", "default"]))
    #expect(rows.contains(["IRIS_PUBLIC_URL", "not", "set", "default"]))
  }

  @Test func `config as JSON holds the same and no secret`() throws {
    struct Report: Decodable {
      struct Entry: Decodable {
        let name: String
        let value: String?
        let secret: Bool
        let set: Bool
        let source: String
      }
      let valid: Bool
      let problems: [String]
      let options: [Entry]
    }
    #expect(config(["IRIS_JWT_SECRET": "planted-\(Sample.key)", "IRIS_LOG_LEVEL": "debug"], json: true) == 0)
    #expect(!recording.output.contains("planted"))
    let report = try JSONDecoder().decode(Report.self, from: Data(recording.output.utf8))
    #expect(report.valid && report.problems == [] && report.options.map(\.name) == OptionTable.rows.map(\.name))
    let secret = report.options.first { $0.name == "IRIS_JWT_SECRET" }
    #expect(secret?.secret == true && secret?.set == true && secret?.value == nil && secret?.source == "environment")
    let level = report.options.first { $0.name == "IRIS_LOG_LEVEL" }
    #expect(level?.secret == false && level?.value == "debug")
    let zone = report.options.first { $0.name == "IRIS_TIMEZONE" }
    #expect(zone?.set == false && zone?.value == "Europe/Paris" && zone?.source == "default")
  }

  @Test func `an invalid configuration gives its problems and 1`() {
    #expect(config(["IRIS_LOG_LEVEL": "loud", "IRIS_NOPE": "1"]) == 1)
    #expect(recording.output == "")
    #expect(recording.errors.split(separator: "\n").count == 2)
    #expect(config(["IRIS_LOG_LEVEL": "loud"], json: true) == 1)
    #expect(recording.output.contains("\"valid\" : false"))
  }

  @Test func `a terminal gets emphasis`() {
    #expect(config([:], styled: true) == 0)
    #expect(recording.output.hasPrefix("\u{1B}[1mNAME "))
    #expect(recording.output.contains("\u{1B}[2mIRIS_LOG_LEVEL "))
  }

  @Test func `keys are fresh, long enough and fit the environment file`() throws {
    #expect(KeysCommand.run(json: false, console: recording.console()) == 0)
    let file = EnvironmentFile(parsing: Array(recording.output.utf8), path: "keys")
    let secrets = file.assignments.values.map(\.value.exposed)
    #expect(file.problems == [])
    #expect(
      file.assignments.keys.sorted() == [
        "IRIS_ANONYMISATION_KEY", "IRIS_BACKEND_WEBHOOK_SECRET", "IRIS_JWT_SECRET", "IRIS_SERVICE_SECRET",
      ])
    #expect(secrets.allSatisfy { $0.utf8.count == 43 && Base64URL.decode($0)?.count == 32 })
    #expect(Set(secrets).count == 4)
    #expect(Sample.problems(["IRIS_JWT_SECRET": secrets[0], "IRIS_SERVICE_SECRET": secrets[1]]) == [])
  }

  @Test func `keys as JSON, and their failure`() throws {
    #expect(KeysCommand.run(json: true, console: recording.console()) == 0)
    let secrets = try JSONDecoder().decode([String: String].self, from: Data(recording.output.utf8))
    #expect(secrets.keys.sorted() == KeysCommand.variables.map(\.rawValue).sorted())
    let failing = ConsoleRecording()
    let code = KeysCommand.run(json: false, console: failing.console()) { (_) throws(RandomError) in
      throw .unavailable
    }
    #expect(code == 1 && failing.output == "" && failing.errors.contains("RAND_bytes"))
  }

  @Test(arguments: HelpTopic.allCases)
  func `help shows usage and purpose`(topic: HelpTopic) {
    #expect(HelpCommand.run(topic, console: recording.console()) == 0)
    #expect(recording.output.hasPrefix("usage: iris-fcgi"))
    #expect(recording.output.contains(topic.summary.dropFirst()))
    #expect(recording.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func `help lists the commands there are, and no others`() {
    #expect(HelpCommand.run(.program, console: recording.console()) == 0)
    let listed = recording.output.split(separator: "\n").filter { $0.hasPrefix("  ") }
    #expect(
      listed.map { $0.dropFirst(2).prefix(14).split(separator: " ").joined(separator: " ") } == [
        "check", "config", "import", "keys", "maintain", "migrate", "pool", "reload", "status", "user add", "user list",
        "user show", "user tier", "user beta", "user disable", "user enable", "user erase", "user export",
        "user sessions", "version", "help",
      ])
  }

  @Test func `a usage error says what is wrong, how it is done, and ends with 2`() {
    let error = UsageError(reason: "EMAIL is missing", topic: .userAdd)
    #expect(HelpCommand.refuse(error, console: recording.console()) == 2)
    #expect(recording.output == "")
    #expect(recording.errors.hasPrefix("iris-fcgi: EMAIL is missing\nusage: iris-fcgi user add EMAIL ["))
  }

  @Test func `version names program and schema`() {
    #expect(HelpCommand.version(json: false, console: recording.console()) == 0)
    #expect(recording.output == "iris-fcgi \(Version.number) (schema \(Version.schema))\n")
    let json = ConsoleRecording()
    #expect(HelpCommand.version(json: true, console: json.console()) == 0)
    #expect(json.output == "{\n  \"schema_version\" : \(Version.schema),\n  \"version\" : \"\(Version.number)\"\n}\n")
  }

  @Test func `a table aligns its columns and lets no cell move the cursor`() {
    var table = OutputTable(heading: ["A", "LONG", "C"])
    table.add(["é1", "x", "y"])
    table.add(["z", "a\u{1B}[2J\nb"])
    #expect(table.rendered(styled: false) == "A   LONG     C\né1  x        y\nz   a?[2J?b\n")
    var wide = OutputTable(heading: ["A", "B"])
    wide.add([String(repeating: "x", count: 60), "y"])
    wide.add(["z", "y"])
    #expect(wide.rendered(styled: false).split(separator: "\n").map(\.count) == [51, 63, 51])
    #expect(OutputTable(heading: ["A"]).rendered(styled: false) == "A\n")
  }
}
