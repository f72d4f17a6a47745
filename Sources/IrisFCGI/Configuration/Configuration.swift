import IrisDomain
import IrisSystem

/// All that Iris can be told, checked as a whole before anything is served.
///
/// Made by `ConfigurationLoader` only, so holding one means that every value and every combination is sound.
struct Configuration: Equatable, Sendable {
  var database: DatabaseSettings
  var tokens: TokenSettings
  /// Another issuer whose tokens are accepted.
  var externalIssuer: ExternalIssuer?
  /// Verifies the unified backend's service tokens.
  var serviceSecret: Secret?
  var backendWebhook: BackendWebhook?
  /// Keys of pseudonyms: the first is used, all are known.
  var anonymisationKeys: [Secret]
  var gemini: GeminiSettings
  var backup: BackupSettings?
  var chat: ChatSettings
  var prices: PriceTable
  /// Micro-units of the price table's currency; nil: no budget.
  var dailyBudget: Int?
  var limits: Limits
  /// IANA name.
  var timeZone: String
  var addresses: PublicAddresses
  var mail: MailSettings?
  var alerts: AlertSettings
  var retention: Retention
  var spoolMaxBytes: Int
  /// Folder of the spool; no trailing slash.
  var stateDirectory: String
  /// Folder of the scoreboard; no trailing slash.
  var runtimeDirectory: String
  var logLevel: LogLevel
  /// A worker ends cleanly after about so many requests.
  var maxRequests: Int

  /// As whom a command of root's uses the database and the workers' files: the owner of `IRIS_STATE_DIR`, whose peer
  /// authentication lets no root in. nil: as whoever runs it.
  var workersUser: SystemUser? {
    guard HostProcess.userID == 0, let owner = SystemUser(owning: stateDirectory), owner.id != 0 else { return nil }
    return owner
  }

  /// A key that serves two purposes lets what was signed for one pass for the other; one line for each such pair.
  func sharedKeyWarnings() -> [String] {
    let keys: [(variable: Variable, secrets: [Secret])] = [
      (.jwtSecret, tokens.secrets), (.serviceSecret, serviceSecret.map { [$0] } ?? []),
      (.backendWebhookSecret, backendWebhook.map { [$0.secret] } ?? []), (.anonymisationKey, anonymisationKeys),
    ]
    return keys.indices.flatMap { first in
      keys[(first + 1)...].filter { other in other.secrets.contains(where: keys[first].secrets.contains) }
        .map { "\($0.variable.rawValue): has a key of \(keys[first].variable.rawValue); give each its own" }
    }
  }

  /// What FastCGI workers cannot do without, one line each; empty: serve. CGI answers 503 where one of them is needed.
  func missingForServing() -> [String] {
    var missing: [Variable] = []
    if database.url == nil { missing.append(.databaseURL) }
    if tokens.secrets.isEmpty { missing.append(.jwtSecret) }
    if anonymisationKeys.isEmpty { missing.append(.anonymisationKey) }
    return missing.map { variable in
      let advice = variable == .databaseURL ? "" : "; iris-fcgi keys makes one"
      return "\(variable.rawValue): is not set and is needed to serve; \(variable.option.kind.expectation)\(advice)"
    }
  }
}

/// libpq URI or keyword strings.
struct DatabaseSettings: Equatable, Sendable {
  var url: Secret?
  /// A replica for analytics; nil: the first serves them too.
  var readURL: Secret?
  /// Off behind a pooler in transaction mode.
  var preparesStatements: Bool
}

/// Access and refresh tokens of our own; lifetimes in seconds, access ≤ refresh ≤ session.
struct TokenSettings: Equatable, Sendable {
  /// The first signs, all verify.
  var secrets: [Secret]
  var issuer: String
  var audience: String
  var accessSeconds: Int
  var refreshSeconds: Int
  var sessionMaxSeconds: Int
}

/// Tokens of another issuer.
struct ExternalIssuer: Equatable, Sendable {
  /// Where its JWK set is.
  enum KeySource: Equatable, Sendable {
    case address(String)
    case file(path: String)
  }

  var issuer: String
  var audience: String
  var keys: KeySource
}

/// Signed notices to the unified backend.
struct BackendWebhook: Equatable, Sendable {
  var url: String
  var secret: Secret
}

/// Without keys the offline Alessio answers.
struct GeminiSettings: Equatable, Sendable {
  var keys: [Secret]
  /// Tried in order; never empty.
  var models: [String]
  /// Without trailing slash and without `/v1beta`.
  var baseURL: String
}

/// The OpenAI-compatible server that is asked when Gemini fails.
struct BackupSettings: Equatable, Sendable {
  /// Without trailing slash and without `/v1`.
  var baseURL: String
  var key: Secret?
  var model: String
  var tokenField: BackupTokenField
}

/// The request field that caps an answer: OpenAI's reasoning models refuse the older name, Ollama ignores the newer.
enum BackupTokenField: String, CaseIterable, Sendable {
  case maxTokens = "max_tokens"
  case maxCompletionTokens = "max_completion_tokens"
}

/// Bounds of one chat.
struct ChatSettings: Equatable, Sendable {
  /// All attempts of one request together.
  var deadlineSeconds: Int
  /// At most the deadline.
  var connectTimeoutSeconds: Int
  var maxOutputTokens: Int
  var contextTokens: Int
}

/// Addresses in answers and mails.
struct PublicAddresses: Equatable, Sendable {
  /// Without trailing slash.
  var site: String?
  var login: String?
  var upgrade: String?
}

/// Password mails.
struct MailSettings: Equatable, Sendable {
  var server: Secret
  /// `name@example.org` or `Alessio <name@example.org>`.
  var from: String
}

struct AlertSettings: Equatable, Sendable {
  /// Slack-compatible; nil: alerts are logged only.
  var webhookURL: Secret?
  /// Share of failed requests, 0 to 1.
  var errorRate: Double
}

/// A setting that is on or off.
enum Switch: String, CaseIterable, Sendable {
  case on, off
}

/// Least severity that is logged, in ascending order.
enum LogLevel: String, CaseIterable, Sendable {
  case debug, info, notice, warning, error
}
