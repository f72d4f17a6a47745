import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct SecretSourceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func service(_ environment: [String: String]) throws -> String? {
    try Sample.load(environment).serviceSecret?.exposed
  }

  private func loader(_ environment: [String: String], files: FileAccess = .host) -> ConfigurationLoader {
    ConfigurationLoader(environment: Sample.environment(environment), files: files)
  }

  @Test(arguments: ["", "\n", "\r\n"])
  func `a file's one line is the secret, its end is not`(ending: String) throws {
    let path = try folder.write("service", Sample.key + ending)
    #expect(try service(["IRIS_SERVICE_SECRET_FILE": path]) == Sample.key)
    let loader = loader(["IRIS_SERVICE_SECRET_FILE": path])
    #expect(loader.settings.values[.serviceSecret]?.source == .file(path: path))
    #expect(loader.warnings == [])
  }

  @Test func `only one end of line is stripped`() throws {
    let path = try folder.write("service", Sample.key + "\n\n")
    let problems = Sample.problems(["IRIS_SERVICE_SECRET_FILE": path])
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("IRIS_SERVICE_SECRET: (\(path)) has more than one line") == true)
  }

  @Test func `blanks belong to a single secret`() throws {
    let path = try folder.write("service", " \(Sample.key) \n")
    #expect(try service(["IRIS_SERVICE_SECRET_FILE": path]) == " \(Sample.key) ")
  }

  @Test func `every secret can come from a file`() throws {
    var environment: [String: String] = [:]
    let texts: [Variable: String] = [
      .databaseURL: "dbname=a", .databaseReadURL: "dbname=b", .smtpURL: "smtp://h",
      .alertWebhookURL: "https://h/", .geminiAPIKeys: "k1,k2",
    ]
    for row in OptionTable.rows {
      guard let name = row.fileName else { continue }
      environment[name] = try folder.write(row.name, (texts[row.variable] ?? "\(Sample.key)-\(row.name)") + "\n")
    }
    environment["IRIS_BACKEND_WEBHOOK_URL"] = "https://h/"
    environment["IRIS_BACKUP_BASE_URL"] = "http://h"
    environment["IRIS_BACKUP_MODEL"] = "m"
    environment["IRIS_MAIL_FROM"] = "a@b"
    environment["IRIS_PUBLIC_URL"] = "https://h"
    let configuration = try Sample.load(environment)
    #expect(configuration.database.readURL?.exposed == "dbname=b")
    #expect(configuration.anonymisationKeys.map(\.exposed) == ["\(Sample.key)-IRIS_ANONYMISATION_KEY"])
    #expect(configuration.gemini.keys.map(\.exposed) == ["k1", "k2"])
    #expect(configuration.alerts.webhookURL?.exposed == "https://h/")
    #expect(configuration.backup?.key?.exposed == "\(Sample.key)-IRIS_BACKUP_API_KEY")
  }

  @Test func `a secret given both ways is refused in words`() throws {
    let path = try folder.write("service", Sample.key)
    let problems = Sample.problems(["IRIS_SERVICE_SECRET_FILE": path, "IRIS_SERVICE_SECRET": Sample.key])
    #expect(problems == ["IRIS_SERVICE_SECRET: is set and so is IRIS_SERVICE_SECRET_FILE; keep one of the two"])
  }

  @Test func `an unusable file gives one line`() throws {
    let missing = "\(folder.path)/missing"
    let empty = try folder.write("empty", "\n")
    let large = try folder.write("large", String(repeating: "x", count: 65_537))
    try Files.replace("\(folder.path)/binary", with: [0xFF] + Array(Sample.key.utf8))
    let cases = [
      (missing, "does not exist"), (empty, "is empty"), (large, "is larger than 65536 bytes"),
      (folder.path, "is not a regular file"), ("\(folder.path)/binary", "is not UTF-8 text"),
      ("service", "is not an absolute path"),
    ]
    for (path, words) in cases {
      let problems = Sample.problems(["IRIS_SERVICE_SECRET_FILE": path])
      #expect(problems.count == 1, "\(path): \(problems)")
      #expect(problems.first?.hasPrefix("IRIS_SERVICE_SECRET_FILE: ") == true)
      #expect(problems.first?.contains(words) == true, "\(problems)")
    }
  }

  @Test func `a file that may not be read gives one line`() throws {
    let path = try folder.write("service", Sample.key)
    let problems = Sample.problems(["IRIS_SERVICE_SECRET_FILE": path], files: .denying(path))
    #expect(
      problems == [
        "IRIS_SERVICE_SECRET_FILE: cannot open \(path): Permission denied; name a readable file that holds the secret alone"
      ])
  }

  @Test(arguments: [(0o600, 0), (0o640, 0), (0o604, 1), (0o644, 1)] as [(UInt32, Int)])
  func `a file open to every user is worth a warning`(permissions: UInt32, warnings: Int) throws {
    let path = try folder.write("service", Sample.key, permissions: permissions)
    let loader = loader(["IRIS_SERVICE_SECRET_FILE": path])
    _ = try loader.load()
    #expect(loader.warnings.count == warnings)
    #expect(loader.warnings.allSatisfy { $0.hasPrefix("IRIS_SERVICE_SECRET_FILE: \(path) is open to every user") })
  }

  @Test func `a credential is taken when nothing else is set`() throws {
    let path = try folder.write("iris_service_secret", Sample.key + "\n")
    let loader = loader(["CREDENTIALS_DIRECTORY": folder.path])
    #expect(try loader.load().serviceSecret?.exposed == Sample.key)
    #expect(loader.settings.values[.serviceSecret]?.source == .credential(path: path))
    #expect(try service(["CREDENTIALS_DIRECTORY": folder.path, "IRIS_SERVICE_SECRET": ""]) == Sample.key)
    #expect(
      try service(["CREDENTIALS_DIRECTORY": folder.path, "IRIS_SERVICE_SECRET": Sample.otherKey]) == Sample.otherKey)
    #expect(try service(["CREDENTIALS_DIRECTORY": "\(folder.path)/none"]) == nil)
  }

  @Test func `a bad credential stops the start`() throws {
    try folder.write("iris_service_secret", "")
    try folder.write("iris_jwt_secret", "short")
    let problems = Sample.problems(["CREDENTIALS_DIRECTORY": folder.path])
    #expect(problems.count == 2, "\(problems)")
    #expect(problems.contains { $0.hasPrefix("IRIS_SERVICE_SECRET: \(folder.path)/iris_service_secret is empty") })
    #expect(problems.contains { $0.hasPrefix("IRIS_JWT_SECRET: (\(folder.path)/iris_jwt_secret) ") })
  }

  @Test func `a credential of an option that is no secret does not count`() throws {
    try folder.write("iris_log_level", "debug")
    #expect(try Sample.load(["CREDENTIALS_DIRECTORY": folder.path]).logLevel == .info)
  }
}

@Suite struct EnvironmentLayerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `the environment wins over the file`() throws {
    let path = try folder.write("iris.env", "IRIS_LOG_LEVEL=debug\nIRIS_CHAT_DEADLINE='20'\n")
    let loader = ConfigurationLoader(environment: ["IRIS_ENV_FILE": path, "IRIS_LOG_LEVEL": "error"])
    let configuration = try loader.load()
    #expect(configuration.logLevel == .error && configuration.chat.deadlineSeconds == 20)
    #expect(loader.layers.fileState == .read(path: path))
    #expect(loader.settings.values[.logLevel]?.source == .environment)
    #expect(loader.settings.values[.chatDeadline]?.source == .environmentFile(path: path, line: 2))
  }

  @Test func `the environment wins also when one names a file and the other does not`() throws {
    let secret = try folder.write("service", Sample.key)
    let path = try folder.write("iris.env", "IRIS_SERVICE_SECRET_FILE=\(secret)\nIRIS_JWT_SECRET=\(Sample.key)\n")
    let configuration = try Configuration.load(environment: [
      "IRIS_ENV_FILE": path, "IRIS_SERVICE_SECRET": Sample.otherKey, "IRIS_JWT_SECRET": "",
    ])
    #expect(configuration.serviceSecret?.exposed == Sample.otherKey)
    #expect(configuration.tokens.secrets == [])
  }

  @Test func `a problem in the file names file and line`() throws {
    let path = try folder.write("iris.env", "\nIRIS_LOG_LEVEL=loud\nnonsense\n")
    let problems = Sample.problems(["IRIS_ENV_FILE": path])
    #expect(
      problems == [
        "\(path):3: there is no = in the line; write NAME=value, or # before a comment",
        "IRIS_LOG_LEVEL: (\(path):2) \"loud\" is not one of the known words; "
          + "give one of debug, info, notice, warning, error",
      ])
  }

  @Test func `a named file must be readable`() throws {
    let path = try folder.write("iris.env", "")
    #expect(Sample.problems(["IRIS_ENV_FILE": path]) == [])
    #expect(
      Sample.problems(["IRIS_ENV_FILE": "\(folder.path)/no"]) == [
        "IRIS_ENV_FILE: \(folder.path)/no does not exist; name a readable file, or /dev/null for none"
      ])
    #expect(Sample.problems(["IRIS_ENV_FILE": path], files: .denying(path)).count == 1)
  }

  @Test func `the default file may be missing or closed to this user`() throws {
    let closed = ConfigurationLoader(environment: [:], files: .denying(EnvironmentFile.defaultPath))
    #expect(try closed.load().logLevel == .info)
    #expect(closed.layers.fileState == .denied(path: "/etc/iris/iris.env"))
    var files = FileAccess.host
    files.read = { (path, _) throws(FileError) in throw .notFound(path: path) }
    let missing = ConfigurationLoader(environment: [:], files: files)
    #expect(try missing.load().logLevel == .info)
    #expect(missing.layers.fileState == .missing(path: "/etc/iris/iris.env"))
  }

  @Test func `the default file is an error when it is broken in another way`() {
    var files = FileAccess.host
    files.read = { (path, limit) throws(FileError) in throw .tooLarge(path: path, limit: limit) }
    let loader = ConfigurationLoader(environment: [:], files: files)
    #expect(throws: ConfigurationProblems.self) { try loader.load() }
  }

  @Test func `a file with secrets that is open to every user is worth a warning`() throws {
    let open = try folder.write("iris.env", "IRIS_JWT_SECRET=\(Sample.key)\n", permissions: 0o644)
    let harmless = try folder.write("harmless.env", "IRIS_LOG_LEVEL=info\n", permissions: 0o644)
    #expect(ConfigurationLoader(environment: ["IRIS_ENV_FILE": open]).warnings.count == 1)
    #expect(ConfigurationLoader(environment: ["IRIS_ENV_FILE": harmless]).warnings == [])
  }
}
