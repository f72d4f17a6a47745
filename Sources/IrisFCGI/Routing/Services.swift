import IrisDomain
import IrisSystem

/// All that endpoints work with, made once for a worker and again when a secret's file changes.
final class Services {
  let configuration: Configuration
  let log: Log
  let database: Database
  /// Where analytics are read.
  let reads: ReadDatabase
  let tokens: AccessTokens
  let refreshTokens: RefreshTokens
  let resetTokens: ResetTokens
  let serviceTokens: ServiceTokens
  let pseudonyms: Pseudonyms
  let addresses: AddressHashes
  let answerCache: AnswerCache
  let scoreboard: Scoreboard
  let spool: Spool
  /// Microseconds of the monotonic clock at which the worker began.
  let startedAt: Int64
  /// How long those who log in or sign up have waited of late.
  var patience = QueuePatience()
  /// Microseconds that the model took in the current request.
  var modelMicroseconds: Int64 = 0
  /// What the log will tell of the current request.
  var trace = RequestTrace()

  /// What the current request left to do when its answer is out.
  private var chores: [Chore] = []
  /// While chores run, whether another request waits for this worker.
  private(set) var isBusy: () -> Bool = { false }

  /// Made at the first use; nil: only our own tokens are good.
  private(set) lazy var foreignTokens = configuration.externalIssuer.map { issuer in
    ForeignTokens(
      issuer,
      keys: ForeignKeys(
        issuer.keys, directory: configuration.runtimeDirectory, permit: scoreboard.keyFetches, log: log))
  }

  /// Made at the first use: most workers never ask a model, and libcurl takes a while to begin.
  private(set) lazy var curl = CurlClient()

  /// - Throws: when a secret cannot serve as a key.
  init(
    configuration: Configuration, scoreboard: Scoreboard, database: Database? = nil,
    startedAt: Int64 = Clock.monotonicMicroseconds
  ) throws(MessageAuthenticationError) {
    self.configuration = configuration
    self.scoreboard = scoreboard
    self.startedAt = startedAt
    log = Log(threshold: configuration.logLevel)
    self.database =
      database
      ?? Database(
        settings: configuration.database, breaker: scoreboard.databaseBreaker, log: log, scoreboard: scoreboard)
    reads = ReadDatabase(
      settings: configuration.database, primary: self.database, breaker: scoreboard.readDatabaseBreaker,
      isAway: scoreboard.readDatabaseAway, log: log)
    tokens = try AccessTokens(configuration.tokens)
    refreshTokens = try RefreshTokens(configuration.tokens)
    resetTokens = try ResetTokens(configuration.tokens)
    serviceTokens = try ServiceTokens(configuration.serviceSecret)
    pseudonyms = try Pseudonyms(keys: configuration.anonymisationKeys)
    addresses = AddressHashes(directory: configuration.runtimeDirectory, log: log)
    answerCache = try AnswerCache(configuration)
    spool = Spool(
      stateDirectory: configuration.stateDirectory, limit: configuration.spoolMaxBytes,
      timeZone: configuration.timeZone, log: log, scoreboard: scoreboard)
  }

  var accounts: AccountStore { AccountStore(database: database, timeZone: configuration.timeZone) }
  var externalUsers: ExternalUserStore { ExternalUserStore(database: database, timeZone: configuration.timeZone) }
  var sessions: SessionStore { SessionStore(database: database, timeZone: configuration.timeZone) }
  var privacy: PrivacyStore { PrivacyStore(database: database, timeZone: configuration.timeZone) }
  var personalData: PersonalData { PersonalData(services: self) }
  var identities: IdentityStore { IdentityStore(database: database, timeZone: configuration.timeZone) }
  var logins: LoginStore { LoginStore(database: database, timeZone: configuration.timeZone) }
  var registrations: RegistrationStore { RegistrationStore(database: database, timeZone: configuration.timeZone) }
  var confirmations: ConfirmationStore { ConfirmationStore(database: database) }
  var sessionList: SessionListStore { SessionListStore(database: database) }
  var passwords: PasswordStore { PasswordStore(database: database, timeZone: configuration.timeZone) }
  var outbox: OutboxStore { OutboxStore(database: database) }
  var contexts: ContextStore { ContextStore(database: database) }
  var conversations: ConversationStore { ConversationStore(database: database) }
  var feedback: FeedbackStore { FeedbackStore(database: database) }
  var chats: ChatStore { ChatStore(database: database, timeZone: configuration.timeZone) }
  var analytics: AnalyticsStore { AnalyticsStore(reads: reads, timeZone: configuration.timeZone) }
  var dayUsage: DayUsageStore { DayUsageStore(database: database, timeZone: configuration.timeZone) }

  /// Work that no user should wait for.
  struct Chore {
    /// Whether it is left out when another request waits for this worker.
    let canBeSkipped: Bool
    let run: () -> Void
  }

  /// Leaves something to do once the answer is out.
  func afterwards(canBeSkipped: Bool, _ run: @escaping () -> Void) {
    chores.append(Chore(canBeSkipped: canBeSkipped, run: run))
  }

  /// Does what the request left to do.
  /// - Parameter isBusy: whether another request waits; asked before each chore, and within those that take long.
  func runChores(isBusy: @escaping () -> Bool) {
    self.isBusy = isBusy
    defer {
      chores = []
      self.isBusy = { false }
    }
    for chore in chores where !chore.canBeSkipped || !isBusy() { chore.run() }
  }

  /// Starts the accounts of a new request.
  func beginRequest() {
    database.beginRequest()
    modelMicroseconds = 0
    trace = RequestTrace()
    chores = []
  }
}
