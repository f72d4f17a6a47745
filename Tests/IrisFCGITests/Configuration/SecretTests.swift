import Testing

@testable import IrisFCGI

@Suite struct SecretTests {
  private static let planted = "planted-planted-planted-planted-1"

  @Test func `a secret shows itself only to who asks`() {
    let secret = Secret(Self.planted)
    #expect(secret.exposed == Self.planted)
    #expect(secret.exposedBytes == Array(Self.planted.utf8))
    #expect(secret.byteCount == 33)
    #expect("\(secret)" == "<redacted>")
    #expect(String(reflecting: secret) == "<redacted>")
    #expect(Self.everyPrint(of: secret).allSatisfy { !$0.contains(Self.planted) })
  }

  @Test func `nothing that holds the configuration prints a secret`() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("keys", "planted-gemini-1,planted-gemini-2\n")
    let environmentFile = try folder.write("iris.env", "IRIS_BACKUP_API_KEY=planted-backup\n")
    let loader = ConfigurationLoader(environment: [
      "IRIS_ENV_FILE": environmentFile,
      "IRIS_DATABASE_URL": "postgresql://iris:planted-password@db/iris",
      "IRIS_DATABASE_READ_URL": "host=replica password=planted-password",
      "IRIS_JWT_SECRET": Self.planted, "IRIS_SERVICE_SECRET": Self.planted + "2",
      "IRIS_ANONYMISATION_KEY": Self.planted + "3",
      "IRIS_BACKEND_WEBHOOK_URL": "https://backend.example.org/iris",
      "IRIS_BACKEND_WEBHOOK_SECRET": Self.planted + "4",
      "IRIS_GEMINI_API_KEYS_FILE": file,
      "IRIS_BACKUP_BASE_URL": "http://localhost:11434", "IRIS_BACKUP_MODEL": "mistral",
      "IRIS_SMTP_URL": "smtps://iris:planted-password@mail.example.org", "IRIS_MAIL_FROM": "iris@example.org",
      "IRIS_PUBLIC_URL": "https://iris.example",
      "IRIS_ALERT_WEBHOOK_URL": "https://hooks.example.org/planted",
    ])
    let configuration = try loader.load()
    #expect(configuration.gemini.keys.map(\.exposed) == ["planted-gemini-1", "planted-gemini-2"])
    #expect(configuration.backup?.key?.exposed == "planted-backup")
    let prints = Self.everyPrint(of: configuration) + Self.everyPrint(of: loader) + Self.everyPrint(of: loader.settings)
    #expect(prints.allSatisfy { !$0.contains("planted") })
    #expect(prints.contains { $0.contains("mistral") }, "the search must have looked at the real content")
  }

  /// Each is malformed and holds the marker, which no error line may repeat.
  @Test(arguments: [
    ("IRIS_JWT_SECRET", "planted"), ("IRIS_SERVICE_SECRET", "planted"), ("IRIS_BACKEND_WEBHOOK_SECRET", "planted"),
    ("IRIS_ANONYMISATION_KEY", "planted"), ("IRIS_GEMINI_API_KEYS", "planted,,planted"),
    ("IRIS_DATABASE_URL", "mysql://iris:planted@db/iris"), ("IRIS_DATABASE_READ_URL", "planted"),
    ("IRIS_SMTP_URL", "ftp://planted@mail"), ("IRIS_ALERT_WEBHOOK_URL", "https://planted:planted@hooks.example.org/"),
    ("IRIS_GEMINI_BASE_URL", "https://user:planted@example.org"), ("IRIS_BACKUP_API_KEY", "planted\nplanted"),
    ("IRIS_LOGIN_URL", "https://planted@example.org/"), ("IRIS_JWT_SECRET_FILE", "planted"),
  ])
  func `no problem line repeats a secret`(name: String, value: String) {
    let problems = Sample.problems([name: value])
    #expect(problems.contains { $0.hasPrefix("\(name): ") })
    #expect(problems.allSatisfy { !$0.contains("planted") })
  }

  private static func everyPrint(of value: Any) -> [String] {
    var dumped = ""
    dump(value, to: &dumped)
    return ["\(value)", String(reflecting: value), dumped, "\(Mirror(reflecting: value).children.map(\.value))"]
  }
}
