import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct ConfigurationTests {
  @Test func `an empty environment gives the defaults`() throws {
    let configuration = try Sample.load([:])
    #expect(configuration.database == DatabaseSettings(url: nil, readURL: nil, preparesStatements: true))
    #expect(
      configuration.tokens
        == TokenSettings(
          secrets: [], issuer: "iris", audience: "iris", accessSeconds: 900, refreshSeconds: 2_592_000,
          sessionMaxSeconds: 15_552_000))
    #expect(configuration.externalIssuer == nil && configuration.backup == nil && configuration.mail == nil)
    #expect(
      configuration.gemini
        == GeminiSettings(
          keys: [], models: ["gemini-3.5-flash-lite", "gemini-3.1-flash-lite"],
          baseURL: "https://generativelanguage.googleapis.com"))
    #expect(
      configuration.chat
        == ChatSettings(deadlineSeconds: 30, connectTimeoutSeconds: 3, maxOutputTokens: 1_024, contextTokens: 8_192))
    #expect(
      configuration.limits
        == Limits(
          free: TierLimits(messagesPerDay: 10, messagesPerMinute: 3, lettersPerMonth: 2),
          premium: TierLimits(messagesPerDay: nil, messagesPerMinute: 10, lettersPerMonth: nil)))
    #expect(configuration.retention == Retention(eventDays: 395, messageDays: 365, errorDays: 90))
    #expect(configuration.prices.currency == "USD")
    #expect(
      configuration.prices.byModel["gemini-3.5-flash-lite"]
        == TokenPrice(input: 300_000, output: 2_500_000, cached: 30_000))
    #expect(configuration.dailyBudget == nil && configuration.timeZone == "Europe/Paris")
    #expect(configuration.alerts == AlertSettings(webhookURL: nil, errorRate: 0.01))
    #expect(configuration.stateDirectory == "/var/lib/iris" && configuration.runtimeDirectory == "/run/iris")
    #expect(configuration.logLevel == .info && configuration.maxRequests == 10_000)
    #expect(configuration.spoolMaxBytes == 268_435_456)
  }

  @Test func `given values arrive typed`() throws {
    let configuration = try Sample.load([
      "IRIS_DATABASE_PREPARE": "off", "IRIS_JWT_SECRET": "\(Sample.key), \(Sample.otherKey)",
      "IRIS_EXTERNAL_ISSUER": "https://id", "IRIS_EXTERNAL_AUDIENCE": "a", "IRIS_EXTERNAL_JWKS": "/etc/jwks.json",
      "IRIS_GEMINI_BASE_URL": "http://127.0.0.1:9/v1beta", "IRIS_BACKUP_BASE_URL": "http://localhost:11434/v1",
      "IRIS_BACKUP_MODEL": "mistral", "IRIS_BACKUP_TOKEN_FIELD": "max_completion_tokens",
      "IRIS_PRICES": "currency=EUR;m=0.1/1/.05;n=2/3", "IRIS_DAILY_BUDGET": "12.5", "IRIS_LOG_LEVEL": "warning",
      "IRIS_LIMITS": "free=none/day;premium=99/minute", "IRIS_RETENTION_DAYS": "errors=7",
      "IRIS_SMTP_URL": "smtp://mail", "IRIS_MAIL_FROM": "Alessio <a@b>", "IRIS_PUBLIC_URL": "https://h",
    ])
    #expect(!configuration.database.preparesStatements)
    #expect(configuration.tokens.secrets.map(\.exposed) == [Sample.key, Sample.otherKey])
    #expect(
      configuration.externalIssuer
        == ExternalIssuer(issuer: "https://id", audience: "a", keys: .file(path: "/etc/jwks.json")))
    #expect(configuration.gemini.baseURL == "http://127.0.0.1:9")
    #expect(
      configuration.backup
        == BackupSettings(
          baseURL: "http://localhost:11434", key: nil, model: "mistral", tokenField: .maxCompletionTokens))
    #expect(
      configuration.prices
        == PriceTable(
          currency: "EUR",
          byModel: [
            "m": TokenPrice(input: 100_000, output: 1_000_000, cached: 50_000),
            "n": TokenPrice(input: 2_000_000, output: 3_000_000, cached: 2_000_000),
          ]))
    #expect(configuration.dailyBudget == 12_500_000 && configuration.logLevel == .warning)
    #expect(configuration.limits.free == TierLimits(messagesPerDay: nil, messagesPerMinute: 3, lettersPerMonth: 2))
    #expect(
      configuration.limits.premium == TierLimits(messagesPerDay: nil, messagesPerMinute: 99, lettersPerMonth: nil))
    #expect(configuration.retention == Retention(eventDays: 395, messageDays: 365, errorDays: 7))
    #expect(configuration.mail == MailSettings(server: Secret("smtp://mail"), from: "Alessio <a@b>"))
  }

  /// An impossible combination, the variables that its lines must begin with, and a word of each line.
  @Test(arguments: [
    (
      ["IRIS_ACCESS_TTL": "100", "IRIS_REFRESH_TTL": "99"], ["IRIS_REFRESH_TTL: 99 is less than IRIS_ACCESS_TTL (100)"]
    ),
    (
      ["IRIS_REFRESH_TTL": "2000", "IRIS_SESSION_MAX_TTL": "1999"],
      ["IRIS_SESSION_MAX_TTL: 1999 is less than IRIS_REFRESH_TTL (2000)"]
    ),
    (
      ["IRIS_CHAT_DEADLINE": "2", "IRIS_CONNECT_TIMEOUT": "3"],
      ["IRIS_CONNECT_TIMEOUT: 3 is more than IRIS_CHAT_DEADLINE (2)"]
    ),
    (
      ["IRIS_EXTERNAL_ISSUER": "x"],
      ["IRIS_EXTERNAL_AUDIENCE: is not set but IRIS_EXTERNAL_ISSUER is", "IRIS_EXTERNAL_JWKS: is not set but"]
    ),
    (
      ["IRIS_EXTERNAL_AUDIENCE": "x", "IRIS_EXTERNAL_JWKS": "/x"],
      ["IRIS_EXTERNAL_ISSUER: is not set but IRIS_EXTERNAL_AUDIENCE is"]
    ),
    (["IRIS_BACKEND_WEBHOOK_URL": "https://h"], ["IRIS_BACKEND_WEBHOOK_SECRET: is not set but"]),
    (["IRIS_BACKEND_WEBHOOK_SECRET": Sample.key], ["IRIS_BACKEND_WEBHOOK_URL: is not set but"]),
    (["IRIS_BACKUP_BASE_URL": "http://h"], ["IRIS_BACKUP_MODEL: is not set but IRIS_BACKUP_BASE_URL is"]),
    (["IRIS_BACKUP_MODEL": "m"], ["IRIS_BACKUP_BASE_URL: is not set but IRIS_BACKUP_MODEL is"]),
    (["IRIS_BACKUP_API_KEY": "k"], ["IRIS_BACKUP_API_KEY: is set without IRIS_BACKUP_BASE_URL"]),
    (["IRIS_BACKUP_TOKEN_FIELD": "max_tokens"], ["IRIS_BACKUP_TOKEN_FIELD: is set without IRIS_BACKUP_BASE_URL"]),
    (["IRIS_DATABASE_READ_URL": "dbname=x"], ["IRIS_DATABASE_READ_URL: is set without IRIS_DATABASE_URL"]),
    (
      ["IRIS_SMTP_URL": "smtp://h", "IRIS_PUBLIC_URL": "https://h"], ["IRIS_SMTP_URL: is set without IRIS_MAIL_FROM"]
    ),
    (["IRIS_SMTP_URL": "smtp://h", "IRIS_MAIL_FROM": "a@b"], ["IRIS_SMTP_URL: is set without IRIS_PUBLIC_URL"]),
  ])
  func `an impossible combination is refused`(environment: [String: String], beginnings: [String]) {
    let problems = Sample.problems(environment)
    #expect(problems.count == beginnings.count, "\(problems)")
    for (problem, beginning) in zip(problems, beginnings) { #expect(problem.hasPrefix(beginning)) }
  }

  @Test func `the bounds of combinations themselves are possible`() {
    #expect(
      Sample.problems([
        "IRIS_ACCESS_TTL": "60", "IRIS_REFRESH_TTL": "60", "IRIS_SESSION_MAX_TTL": "60", "IRIS_CHAT_DEADLINE": "3",
        "IRIS_CONNECT_TIMEOUT": "3", "IRIS_MAIL_FROM": "a@b",
      ]) == [])
  }

  @Test func `a malformed value is not blamed a second time for its combination`() {
    #expect(
      Sample.problems(["IRIS_ACCESS_TTL": "9e9", "IRIS_REFRESH_TTL": "5", "IRIS_SESSION_MAX_TTL": "9"]).count == 1)
    #expect(Sample.problems(["IRIS_BACKUP_BASE_URL": "h", "IRIS_BACKUP_MODEL": "m"]).count == 1)
  }

  @Test func `what serving needs is named when it is missing`() throws {
    let bare = try Sample.load([:]).missingForServing()
    #expect(
      bare.map { $0.prefix { $0 != ":" } } == ["IRIS_DATABASE_URL", "IRIS_JWT_SECRET", "IRIS_ANONYMISATION_KEY"])
    let ready = try Sample.load([
      "IRIS_DATABASE_URL": "dbname=iris", "IRIS_JWT_SECRET": Sample.key, "IRIS_ANONYMISATION_KEY": Sample.otherKey,
    ])
    #expect(ready.missingForServing() == [])
  }

  @Test func `a key used twice is worth a warning, not a refusal`() throws {
    let loader = ConfigurationLoader(
      environment: Sample.environment([
        "IRIS_JWT_SECRET": "\(Sample.otherKey),\(Sample.key)", "IRIS_SERVICE_SECRET": Sample.key,
      ]))
    _ = try loader.load()
    #expect(loader.warnings == ["IRIS_SERVICE_SECRET: has a key of IRIS_JWT_SECRET; give each its own"])
  }

  @Test func `without a zone folder any well-formed zone is taken`() throws {
    var files = FileAccess.host
    files.status = { (path) throws(FileError) in throw .notFound(path: path) }
    #expect(try Sample.load(["IRIS_TIMEZONE": "Europe/Nowhere"], files: files).timeZone == "Europe/Nowhere")
    #expect(Sample.problems(["IRIS_TIMEZONE": "Europe Nowhere"], files: files).count == 1)
  }
}

@Suite struct UnknownNameTests {
  @Test(arguments: [
    ("IRIS_CHAT_DEADLIN", "did you mean IRIS_CHAT_DEADLINE?"), ("IRIS_JWT_SECRETS", "did you mean IRIS_JWT_SECRET?"),
    ("IRIS_SOMETHING_ELSE", "there is no such variable; remove it"), ("IRIS_", "remove it"),
    ("IRIS_LOG_LEVEL_FILE", "IRIS_LOG_LEVEL is no secret"), ("IRIS_FIXTURES", "no such variable"),
    ("IRIS_TEST_X", "no such variable"), ("IRIS_REQUIRE_FIXTURES", "no such variable"),
    ("IRIS_JWT_SECRET_FILES", "did you mean IRIS_JWT_SECRET_FILE?"),
  ])
  func `an unknown name stops the start and is explained`(name: String, advice: String) {
    let problems = Sample.problems([name: "1"])
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("\(name): ") == true)
    #expect(problems.first?.contains(advice) == true)
  }

  @Test(arguments: ["IRIS_DEV_PORT", "IRIS_DEV_ANYTHING", "IRISH", "iris_x", "PATH", "PGHOST"])
  func `other people's names are none of our business`(name: String) {
    #expect(Sample.problems([name: "1"]) == [])
  }

  @Test func `a name in the file is reported with its line`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("iris.env", "IRIS_LOG_LEVEL=info\nIRIS_NOPE=1\nIRIS_DEV_PORT=1\nOTHER=1\n")
    let problems = Sample.problems(["IRIS_ENV_FILE": path])
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("IRIS_NOPE (\(path):2): ") == true)
  }
}
