import IrisDomain
import Testing

@testable import IrisFCGI

/// One variable with values that must pass and values that must not.
struct ValueCase: CustomTestStringConvertible, Sendable {
  let variable: Variable
  let good: [String]
  let bad: [String]
  /// What else has to be set for the variable to make sense.
  let beside: [String: String]

  init(_ variable: Variable, good: [String], bad: [String], beside: [String: String] = [:]) {
    self.variable = variable
    self.good = good
    self.bad = bad
    self.beside = beside
  }

  var testDescription: String { variable.rawValue }

  private static let key = Sample.key
  private static let base = ["http://h", "https://h.example.org:8443/p", "http://127.0.0.1:1", "http://[::1]:80"]
  private static let notBase = [
    "h", "ftp://h", "http://", "http://h/", "http://u@h", "http://u:p@h", "http://h?q", "http://h#f", "http://h p",
    "http://h:0", "http://h:65536", "http://h:x", "http://[::1", "http://[]", "http://h/é", "HTTP//h",
  ]
  private static let address = ["https://h/", "https://h/p?q=1#f", "http://localhost:3000"]
  private static let notAddress = ["h", "ftp://h/", "https://", "https://u:p@h/", "https://h:0/", "https://h /", "/p"]
  private static let database = [
    "postgresql:///iris", "postgres://u:p@h1:5432,h2/iris?sslmode=require", "host=/run/postgresql dbname=iris",
  ]
  private static let notDatabase = ["iris", "mysql://h/iris", "=x", "a b=c", "https://h/", "host=h\ndbname=i"]
  private static let seconds = ["0", "-1", "1.5", "1s", " 3", "03", "٣", "99999999999999999999"]

  static let databases = [
    ValueCase(.databaseURL, good: database, bad: notDatabase),
    ValueCase(.databaseReadURL, good: database, bad: notDatabase, beside: ["IRIS_DATABASE_URL": "dbname=iris"]),
    ValueCase(.databasePrepare, good: ["on", "off"], bad: ["On", "true", "1", "on "]),
  ]
  static let tokens = [
    ValueCase(
      .jwtSecret, good: [key, "\(key),\(Sample.otherKey)", "\(key) , \(Sample.otherKey)"],
      bad: ["short", "\(key),", ",\(key)", "\(key),short", "\(key),\(key)", "\(key)\n\(key)", "\(key)\u{7}"]),
    ValueCase(
      .jwtIssuer, good: ["iris", "https://iris.example.org/"], bad: ["a\nb", String(repeating: "x", count: 513)]),
    ValueCase(.jwtAudience, good: ["iris"], bad: ["a\u{1}b"]),
    ValueCase(.accessTTL, good: ["1", "900", "86400"], bad: seconds + ["86401"]),
    ValueCase(.refreshTTL, good: ["900", "15552000"], bad: seconds + ["315360001"]),
    ValueCase(.sessionMaxTTL, good: ["2592000", "315360000"], bad: seconds + ["315360001"]),
  ]
  static let peers = [
    ValueCase(.externalIssuer, good: ["https://id.example.org/realms/x"], bad: ["a\nb"], beside: external),
    ValueCase(.externalAudience, good: ["authenticated"], bad: ["a\nb"], beside: external),
    ValueCase(
      .externalJWKS,
      good: [
        "https://id.example.org/jwks", "/etc/iris/jwks.json", "http://127.0.0.1:8080/jwks", "http://127.9.9.9/",
        "http://localhost/jwks", "http://[::1]:80/jwks",
      ],
      bad: [
        "jwks.json", "ftp://h/jwks", "https://u:p@h/jwks", "http://id.example.org/jwks",
        "http://127.0.0.1.example.org/", "http://localhost.example.org/", "http://10.0.0.1/", "http://127.example.org/",
        "http://[::2]/",
      ], beside: external),
    ValueCase(.serviceSecret, good: [key, "\(key),with-comma"], bad: ["short", "\(key)\n"]),
    ValueCase(
      .backendWebhookURL, good: address, bad: notAddress, beside: ["IRIS_BACKEND_WEBHOOK_SECRET": key]),
    ValueCase(
      .backendWebhookSecret, good: [key], bad: ["short"], beside: ["IRIS_BACKEND_WEBHOOK_URL": "https://h/hook"]),
    ValueCase(.anonymisationKey, good: [key, "\(key),\(Sample.otherKey)"], bad: ["short", "\(key),"]),
  ]
  static let model = [
    ValueCase(.geminiAPIKeys, good: ["AQ.x", "AIza1, AIza2"], bad: ["a,", ",a", "a,a", "a\nb"]),
    ValueCase(
      .geminiModels, good: ["gemini-3.5-flash-lite", "a,b , c"], bad: ["a b", "a,", "a,a", "../x", "a?b", "/a", "é"]),
    ValueCase(.geminiBaseURL, good: base, bad: notBase),
    ValueCase(.backupBaseURL, good: base, bad: notBase, beside: ["IRIS_BACKUP_MODEL": "mistral"]),
    ValueCase(.backupAPIKey, good: ["k"], bad: ["a\nb"], beside: backup),
    ValueCase(
      .backupModel, good: ["mistral", "library/qwen3:8b"], bad: ["a b", "a,b"],
      beside: ["IRIS_BACKUP_BASE_URL": "http://h"]),
    ValueCase(
      .backupTokenField, good: ["max_tokens", "max_completion_tokens"], bad: ["tokens", "MAX_TOKENS"], beside: backup),
    ValueCase(.chatDeadline, good: ["3", "300"], bad: seconds + ["301"]),
    ValueCase(.connectTimeout, good: ["1", "30"], bad: seconds + ["61"]),
    ValueCase(.maxOutputTokens, good: ["1", "65536"], bad: ["0", "65537", "x"]),
    ValueCase(.contextTokens, good: ["256", "1048576"], bad: ["255", "1048577", "x"]),
    ValueCase(
      .prices, good: ["a=1/2", "a=0.30/2.50/0.03;b=1/2/3", "currency=EUR;a=.5/1", "a/b:c=0/0"],
      bad: [
        "a", "a=1", "a=1/2/3/4", "a=1/x", "a=1/2;a=1/2", "a=1/2;currency=EUR", "currency=eur", "a b=1/2", "=1/2",
        "a=-1/2", "a=1/2.", "a=1/0.1234567", "a=1/2;",
      ]),
    ValueCase(
      .dailyBudget, good: ["5", "12.50", "0.000001", "0"], bad: ["-1", "1,5", "1e3", "12.", ".", "1.0000001", "x"]),
  ]
  static let users = [
    ValueCase(
      .limits,
      good: ["free=1/day", "free=none/minute,1000000000/day;premium=5/letters", "premium=7/day ; free=2/minute"],
      bad: [
        "free", "free=10", "free=0/day", "free=10/hour", "gold=1/day", "free=1/day,2/day", "free=1/day;free=2/day",
        "free=", "free=x/day", "free=1000000001/day", "free=1/day;",
      ]),
    ValueCase(
      .timeZone, good: ["Europe/Paris", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+5"],
      bad: [
        "Europe/Nowhere", "Europe", "../../etc/passwd", "/etc/localtime", "Europe/", "Europe//Paris", "Europe Paris",
      ]),
    ValueCase(.publicURL, good: base, bad: notBase),
    ValueCase(.loginURL, good: address, bad: notAddress),
    ValueCase(.upgradeURL, good: address, bad: notAddress),
    ValueCase(
      .smtpURL, good: ["smtp://localhost", "smtps://u:p%40w@mail.example.org:465", "smtp://h:587/"],
      bad: ["mail", "http://h", "smtp://", "smtp://h/path", "smtp://h:0", "smtp://u:p@"],
      beside: ["IRIS_MAIL_FROM": "a@b", "IRIS_PUBLIC_URL": "https://h"]),
    ValueCase(
      .mailFrom, good: ["iris@example.org", "Alessio <iris@example.org>"],
      bad: ["iris", "@b", "a@", "a@b@c", "Alessio <a@b", "a b@c", "a@b\nBcc: c@d", "a@b, c@d"]),
  ]
  static let operation = [
    ValueCase(.alertWebhookURL, good: address, bad: notAddress),
    ValueCase(.alertErrorRate, good: ["0", "0.01", "1", ".5"], bad: ["1.1", "-0.1", "1%", "x", "2"]),
    ValueCase(
      .retentionDays, good: ["events=1", "errors=36500,messages=30", "events=1, messages=2, errors=3"],
      bad: ["events", "events=0", "events=36501", "logs=3", "events=1,events=2", "events=1;errors=2", "events=x"]),
    ValueCase(.spoolMaxBytes, good: ["4096", "1099511627776"], bad: ["0", "4095", "1G", "-1"]),
    ValueCase(.stateDirectory, good: ["/var/lib/iris", "/"], bad: ["spool", "./spool", "~/spool", "/a\nb"]),
    ValueCase(.runtimeDirectory, good: ["/run/iris"], bad: ["run"]),
    ValueCase(
      .logLevel, good: ["debug", "info", "notice", "warning", "error"], bad: ["INFO", "warn", "trace", "7"]),
    ValueCase(.maxRequests, good: ["1", "1000000000"], bad: ["0", "-1", "x", "1000000001"]),
  ]
  static let all = databases + tokens + peers + model + users + operation

  private static let external = [
    "IRIS_EXTERNAL_ISSUER": "https://id.example.org", "IRIS_EXTERNAL_AUDIENCE": "iris",
    "IRIS_EXTERNAL_JWKS": "https://id.example.org/jwks",
  ]
  private static let backup = ["IRIS_BACKUP_BASE_URL": "http://h", "IRIS_BACKUP_MODEL": "mistral"]
}

@Suite struct ConfigurationValueTests {
  @Test func `every variable has its cases`() {
    #expect(ValueCase.all.map(\.variable.rawValue).sorted() == Variable.allCases.map(\.rawValue).sorted())
  }

  @Test(arguments: ValueCase.all)
  func `good values pass`(sample: ValueCase) {
    for value in sample.good {
      let environment = sample.beside.merging([sample.variable.rawValue: value]) { _, given in given }
      #expect(Sample.problems(environment) == [], "\(sample.variable.rawValue)=\(value)")
    }
  }

  @Test(arguments: ValueCase.all)
  func `a bad value gives one line that names the variable and what to give`(sample: ValueCase) {
    for value in sample.bad {
      let environment = sample.beside.merging([sample.variable.rawValue: value]) { _, given in given }
      let problems = Sample.problems(environment)
      #expect(problems.count == 1, "\(sample.variable.rawValue)=\(value): \(problems)")
      #expect(problems.allSatisfy { $0.hasPrefix("\(sample.variable.rawValue): ") })
      #expect(problems.allSatisfy { $0.hasSuffix("; \(sample.variable.option.kind.expectation)") })
      #expect(problems.allSatisfy { !$0.contains("\n") })
    }
  }

  @Test(arguments: Variable.allCases)
  func `an empty value is as good as none`(variable: Variable) throws {
    #expect(try Sample.load([variable.rawValue: ""]) == Sample.load([:]))
  }

  @Test func `all problems are found at once`() {
    let problems = Sample.problems([
      "IRIS_CHAT_DEADLINE": "x", "IRIS_LOG_LEVEL": "loud", "IRIS_NOPE": "1", "IRIS_BACKUP_MODEL": "mistral",
      "IRIS_JWT_SECRET": "short", "IRIS_STATE_DIR": "here",
    ])
    #expect(problems.count == 6, "\(problems)")
  }

  @Test func `a line says what is wrong and quotes what is no secret`() {
    #expect(
      Sample.problems(["IRIS_CHAT_DEADLINE": "abc"]) == [
        "IRIS_CHAT_DEADLINE: \"abc\" is not a whole number; give a whole number of seconds from 1 to 300"
      ])
    #expect(
      Sample.problems(["IRIS_JWT_SECRET": "short"]) == [
        "IRIS_JWT_SECRET: has at place 1 only 5 bytes instead of at least 32; "
          + "give one line, a comma-separated list of at least 32 bytes each"
      ])
  }
}
