import Testing

@testable import IrisFCGI

@Suite struct OptionTableTests {
  @Test func `each variable has exactly one row`() {
    #expect(OptionTable.rows.map(\.variable.rawValue).sorted() == Variable.allCases.map(\.rawValue).sorted())
  }

  @Test(arguments: OptionTable.rows)
  func `a row is complete`(row: Option) {
    #expect(row.name.hasPrefix("IRIS_"))
    #expect(!row.summary.isEmpty && row.summary.last != ".")
    #expect(!row.kind.expectation.isEmpty)
    #expect(!(row.isSecret && row.fallback != nil), "a secret with a built-in value is none")
    #expect((row.fileName != nil) == row.isSecret)
  }

  @Test func `the defaults are those that users were promised`() {
    let promised = [
      "IRIS_JWT_ISSUER": "iris", "IRIS_JWT_AUDIENCE": "iris", "IRIS_ACCESS_TTL": "900", "IRIS_REFRESH_TTL": "2592000",
      "IRIS_SESSION_MAX_TTL": "15552000", "IRIS_DATABASE_PREPARE": "on",
      "IRIS_GEMINI_MODELS": "gemini-3.5-flash-lite,gemini-3.1-flash-lite",
      "IRIS_GEMINI_BASE_URL": "https://generativelanguage.googleapis.com", "IRIS_CHAT_DEADLINE": "30",
      "IRIS_CONNECT_TIMEOUT": "3", "IRIS_PRICES": PriceTable.builtIn, "IRIS_SPOOL_MAX_BYTES": "268435456",
      "IRIS_MAX_OUTPUT_TOKENS": "1024", "IRIS_CONTEXT_TOKENS": "8192", "IRIS_TIMEZONE": "Europe/Paris",
      "IRIS_LIMITS": "free=10/day,3/minute,2/letters;premium=none/day,10/minute,none/letters",
      "IRIS_ALERT_ERROR_RATE": "0.01", "IRIS_RETENTION_DAYS": "events=395,messages=365,errors=90",
      "IRIS_STATE_DIR": "/var/lib/iris", "IRIS_RUNTIME_DIR": "/run/iris", "IRIS_LOG_LEVEL": "info",
      "IRIS_MAX_REQUESTS": "10000",
    ]
    let actual = OptionTable.rows.compactMap { row in row.fallback.map { (row.name, $0) } }
    #expect(Dictionary(uniqueKeysWithValues: actual) == promised)
  }

  @Test func `the secrets are those that may come from files`() {
    #expect(
      OptionTable.rows.compactMap(\.fileName).sorted() == [
        "IRIS_ALERT_WEBHOOK_URL_FILE", "IRIS_ANONYMISATION_KEY_FILE", "IRIS_BACKEND_WEBHOOK_SECRET_FILE",
        "IRIS_BACKUP_API_KEY_FILE", "IRIS_DATABASE_READ_URL_FILE", "IRIS_DATABASE_URL_FILE",
        "IRIS_GEMINI_API_KEYS_FILE", "IRIS_JWT_SECRET_FILE", "IRIS_SERVICE_SECRET_FILE", "IRIS_SMTP_URL_FILE",
      ])
  }
}
