/// Every variable that Iris reads; the raw value is its name in the environment.
enum Variable: String, CaseIterable, Sendable {
  case databaseURL = "IRIS_DATABASE_URL"
  case databaseReadURL = "IRIS_DATABASE_READ_URL"
  case databasePrepare = "IRIS_DATABASE_PREPARE"
  case jwtSecret = "IRIS_JWT_SECRET"
  case jwtIssuer = "IRIS_JWT_ISSUER"
  case jwtAudience = "IRIS_JWT_AUDIENCE"
  case accessTTL = "IRIS_ACCESS_TTL"
  case refreshTTL = "IRIS_REFRESH_TTL"
  case sessionMaxTTL = "IRIS_SESSION_MAX_TTL"
  case externalIssuer = "IRIS_EXTERNAL_ISSUER"
  case externalAudience = "IRIS_EXTERNAL_AUDIENCE"
  case externalJWKS = "IRIS_EXTERNAL_JWKS"
  case serviceSecret = "IRIS_SERVICE_SECRET"
  case backendWebhookURL = "IRIS_BACKEND_WEBHOOK_URL"
  case backendWebhookSecret = "IRIS_BACKEND_WEBHOOK_SECRET"
  case anonymisationKey = "IRIS_ANONYMISATION_KEY"
  case geminiAPIKeys = "IRIS_GEMINI_API_KEYS"
  case geminiModels = "IRIS_GEMINI_MODELS"
  case geminiBaseURL = "IRIS_GEMINI_BASE_URL"
  case backupBaseURL = "IRIS_BACKUP_BASE_URL"
  case backupAPIKey = "IRIS_BACKUP_API_KEY"
  case backupModel = "IRIS_BACKUP_MODEL"
  case backupTokenField = "IRIS_BACKUP_TOKEN_FIELD"
  case chatDeadline = "IRIS_CHAT_DEADLINE"
  case connectTimeout = "IRIS_CONNECT_TIMEOUT"
  case maxOutputTokens = "IRIS_MAX_OUTPUT_TOKENS"
  case contextTokens = "IRIS_CONTEXT_TOKENS"
  case prices = "IRIS_PRICES"
  case dailyBudget = "IRIS_DAILY_BUDGET"
  case limits = "IRIS_LIMITS"
  case timeZone = "IRIS_TIMEZONE"
  case publicURL = "IRIS_PUBLIC_URL"
  case loginURL = "IRIS_LOGIN_URL"
  case upgradeURL = "IRIS_UPGRADE_URL"
  case smtpURL = "IRIS_SMTP_URL"
  case mailFrom = "IRIS_MAIL_FROM"
  case alertWebhookURL = "IRIS_ALERT_WEBHOOK_URL"
  case alertErrorRate = "IRIS_ALERT_ERROR_RATE"
  case retentionDays = "IRIS_RETENTION_DAYS"
  case spoolMaxBytes = "IRIS_SPOOL_MAX_BYTES"
  case stateDirectory = "IRIS_STATE_DIR"
  case runtimeDirectory = "IRIS_RUNTIME_DIR"
  case logLevel = "IRIS_LOG_LEVEL"
  case maxRequests = "IRIS_MAX_REQUESTS"

  /// The variable's row.
  var option: Option { OptionTable.option(self) }
}

/// The one list of options. Parsing, the unknown-name check, `iris-fcgi config` and the tests of the manual page and of
/// the example file all read it, so an option that is not here does not exist.
enum OptionTable {
  /// Secrets that sign or verify are keys for HMAC-SHA-256: no shorter than its output (RFC 7518 section 3.2).
  static let keyBytes = 32
  /// Ten years in seconds: a lifetime beyond that is a typing error.
  private static let longestLifetime = 315_360_000

  static let rows: [Option] = database + tokens + peers + model + users + operation

  private static let byVariable = Dictionary(
    rows.map { ($0.variable, $0) }, uniquingKeysWith: { first, _ in first })

  static func option(_ variable: Variable) -> Option {
    guard let option = byVariable[variable] else { preconditionFailure("\(variable) has no row in the option table") }
    return option
  }

  private static let database = [
    Option(.databaseURL, .database, secret: true, "PostgreSQL: libpq URI or keywords; several hosts are allowed"),
    Option(.databaseReadURL, .database, secret: true, "a read replica that serves analytics"),
    Option(
      .databasePrepare, .keyword(Switch.allCases.map(\.rawValue)), fallback: "on",
      "prepared statements; off behind a pooler in transaction mode"),
  ]

  private static let tokens = [
    Option(
      .jwtSecret, .secrets(minimumBytes: keyBytes), secret: true,
      "keys of access tokens, comma-separated: the first signs, all verify"),
    Option(.jwtIssuer, .text, fallback: "iris", "issuer that access tokens name and must name"),
    Option(.jwtAudience, .text, fallback: "iris", "audience that access tokens name and must name"),
    Option(.accessTTL, .integer(1...86_400, unit: "seconds"), fallback: "900", "lifetime of an access token"),
    Option(
      .refreshTTL, .integer(1...longestLifetime, unit: "seconds"), fallback: "2592000",
      "lifetime of a refresh token that is not used"),
    Option(
      .sessionMaxTTL, .integer(1...longestLifetime, unit: "seconds"), fallback: "15552000",
      "lifetime of a session, however often it is refreshed"),
  ]

  private static let peers = [
    Option(
      .externalIssuer, .text, "issuer whose tokens are accepted beside our own, such as Keycloak or Supabase Auth"),
    Option(.externalAudience, .text, "audience that tokens of the external issuer must name"),
    Option(.externalJWKS, .addressOrPath, "keys of the external issuer: address or file of its JWK set"),
    Option(
      .serviceSecret, .secret(minimumBytes: keyBytes), secret: true,
      "verifies the unified backend's service tokens (HS256)"),
    Option(.backendWebhookURL, .address, "where signed notices to the unified backend are sent"),
    Option(
      .backendWebhookSecret, .secret(minimumBytes: keyBytes), secret: true, "signs notices to the unified backend"),
    Option(
      .anonymisationKey, .secrets(minimumBytes: keyBytes), secret: true,
      "keys of the pseudonyms in events and errors, comma-separated: the first is used, all are known"),
  ]

  private static let model = [
    Option(.geminiAPIKeys, .secrets(minimumBytes: 1), secret: true, "Gemini API keys, comma-separated"),
    Option(
      .geminiModels, .models, fallback: "gemini-3.5-flash-lite,gemini-3.1-flash-lite", "Gemini models, tried in order"),
    Option(
      .geminiBaseURL, .baseAddress, fallback: "https://generativelanguage.googleapis.com",
      "Gemini's address; /v1beta is added to it"),
    Option(.backupBaseURL, .baseAddress, "any OpenAI-compatible server, asked when Gemini fails; /v1 is added to it"),
    Option(.backupAPIKey, .secret(minimumBytes: 1), secret: true, "API key of the backup server"),
    Option(.backupModel, .model, "model asked for at the backup server"),
    Option(
      .backupTokenField, .keyword(BackupTokenField.allCases.map(\.rawValue)),
      "name of the field that caps the backup's answer; max_tokens unless set"),
    Option(
      .chatDeadline, .integer(1...300, unit: "seconds"), fallback: "30", "bounds all attempts of one chat together"),
    Option(
      .connectTimeout, .integer(1...60, unit: "seconds"), fallback: "3", "to connect to a model server or webhook"),
    Option(.maxOutputTokens, .integer(1...65_536, unit: "tokens"), fallback: "1024", "longest answer of a model"),
    Option(
      .contextTokens, .integer(256...1_048_576, unit: "tokens"), fallback: "8192",
      "longest prompt: persona, profile, shared context, summary, history and question"),
    Option(
      .prices, .prices, fallback: PriceTable.builtIn,
      "price per million tokens by model: model=in/out/cached, separated by semicolons; currency=EUR may come first"),
    Option(
      .dailyBudget, .money, "the most to spend on models in a day; then the backup or the offline Alessio answers"),
  ]

  private static let users = [
    Option(
      .limits, .limits, fallback: "free=10/day,3/minute,2/letters;premium=none/day,10/minute,none/letters",
      "messages a day and a minute and letters a month, by tier"),
    Option(.timeZone, .timeZone, fallback: "Europe/Paris", "where days and months turn over"),
    Option(.publicURL, .baseAddress, "the site's own address, for links in mails"),
    Option(.loginURL, .address, "the login page named in 401 answers"),
    Option(.upgradeURL, .address, "the page about premium named in 429 answers"),
    Option(.smtpURL, .mailServer, secret: true, "mail server for password mails"),
    Option(.mailFrom, .mailbox, "sender of password mails"),
  ]

  private static let operation = [
    Option(.alertWebhookURL, .address, secret: true, "Slack-compatible webhook for alerts"),
    Option(.alertErrorRate, .fraction, fallback: "0.01", "share of failed requests that raises an alert"),
    Option(
      .retentionDays, .retention, fallback: "events=395,messages=365,errors=90", "days to keep events, messages, errors"
    ),
    Option(
      .spoolMaxBytes, .integer(4_096...1_099_511_627_776, unit: "bytes"), fallback: "268435456",
      "most that is kept on disk while the database is down"),
    Option(.stateDirectory, .path, fallback: "/var/lib/iris", "folder of the spool"),
    Option(.runtimeDirectory, .path, fallback: "/run/iris", "folder of the scoreboard"),
    Option(.logLevel, .keyword(LogLevel.allCases.map(\.rawValue)), fallback: "info", "least severity that is logged"),
    Option(
      .maxRequests, .integer(1...1_000_000_000, unit: "requests"), fallback: "10000",
      "a worker ends cleanly after about so many"),
  ]
}
