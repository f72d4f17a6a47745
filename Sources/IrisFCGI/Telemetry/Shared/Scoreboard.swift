import IrisDomain
import IrisSystem

/// What the workers of a host share: one memory-mapped file in `IRIS_RUNTIME_DIR`. Its words survive a worker's death.
/// Where the folder cannot be written, each worker counts for itself, and `iris-fcgi check` says so.
struct Scoreboard: Sendable {
  /// Which single word holds what. New ones go to the end; a change of meaning takes a new `layoutVersion`.
  private enum Index: Int, CaseIterable {
    case databaseOpenUntil, databaseFailures, modelFailures, cacheLookups, cacheHits, tokenCorrection, budgetAlert
    case keyFetchOpenUntil, keyFetchFailures, keyFetchNext, drainHeldUntil
    case databaseConnections, dayRefusals, minuteRefusals, letterRefusals, spoolAppended, spoolReplayed, spoolLost
    case readDatabaseOpenUntil, readDatabaseFailures, readDatabaseAway
    case spoolLossTold, dayEnd
    case replicaLagKnown
  }

  static let layoutVersion: UInt64 = 3
  /// Room for what later versions count, so that the file's size stays. Pages that nobody touches take no memory.
  static let wordCount = 163_840

  /// Tables lie behind the single words, each from a cache line on.
  private static let singleWords = 0..<64
  private static let routeWords = singleWords.upperBound..<singleWords.upperBound + RouteHealth.wordCount
  private static let callWords = routeWords.upperBound..<routeWords.upperBound + ProviderCalls.wordCount
  private static let tallyWords = 2_048..<2_048 + Tallies.wordCount
  private static let poolWords = tallyWords.upperBound..<tallyWords.upperBound + PoolCounts.wordCount
  private static let requestWords = 4_096..<4_096 + RequestCounts.wordCount
  private static let workerWords = 32_768..<32_768 + WorkerSlots.wordCount
  private static let localQuotaWords = 65_536..<65_536 + LocalQuotas.wordCount
  private static let toldWords = 131_072..<131_072 + ToldLately.wordCount

  let databaseBreaker: Breaker
  /// Chats in a row that no model answered; 0 after each answer.
  let modelFailures: SharedWord
  /// Questions that were looked up in the answer cache, and those it answered.
  let cacheLookups: SharedWord
  let cacheHits: SharedWord
  /// What the provider counts for each token that we estimate; as the bits of a Double, 0 before the first answer.
  private let tokenRatio: SharedWord
  /// Which day's spent budget was told already, as a hash of its end.
  private let budgetAlert: SharedWord
  /// Which worker of the host drains the outbox after its answers.
  let drainTurn: DrainTurn
  let routeHealth: RouteHealth
  let providerCalls: ProviderCalls
  let keyFetches: KeyFetchPermit
  /// Connections that were opened to PostgreSQL.
  let databaseConnections: SharedWord
  /// Messages refused, by the limit that refused them.
  let dayRefusals: SharedWord
  let minuteRefusals: SharedWord
  let letterRefusals: SharedWord
  /// Records of the spool: written to it, brought to the database, and lost because it could not take them.
  let spoolAppended: SharedWord
  let spoolReplayed: SharedWord
  let spoolLost: SharedWord
  let tallies: Tallies
  let pools: PoolCounts
  /// The replica that serves analytics: its breaker, and whether the primary serves in its place.
  let readDatabaseBreaker: Breaker
  let readDatabaseAway: SharedWord
  /// One more than the seconds by which it was behind lately; 0: not known.
  private let replicaLagKnown: SharedWord
  /// How many of those lost an alert in the database tells of.
  let spoolLossTold: SharedWord
  let requests: RequestCounts
  let workers: WorkerSlots
  let localQuotas: LocalQuotas
  /// Whether other workers see the same words.
  let isShared: Bool
  /// Which refusals and faults have their row already.
  let toldLately: ToldLately
  /// Why the file is not used; nil when it is.
  let obstacle: String?

  /// Makes the file where there is none.
  init(directory: String) {
    do throws(SharedMemoryError) {
      self.init(
        try SharedMemory(path: Self.path(directory), count: Self.wordCount, version: Self.layoutVersion), obstacle: nil)
    } catch {
      self.init(nil, obstacle: "\(error)")
    }
  }

  /// For a command that serves nobody, and should not make a file which the workers then may not write.
  static var local: Scoreboard { Scoreboard(nil, obstacle: nil) }

  /// The workers' file, for a command that only looks on.
  init(existingIn directory: String) throws(SharedMemoryError) {
    self.init(
      try SharedMemory(existing: Self.path(directory), count: Self.wordCount, version: Self.layoutVersion),
      obstacle: nil)
  }

  private init(_ memory: SharedMemory?, obstacle: String?) {
    let words = SharedWords(Self.singleWords, of: memory)
    func word(_ index: Index) -> SharedWord { words[index.rawValue] }
    databaseBreaker = Breaker(
      openUntil: word(.databaseOpenUntil), failures: word(.databaseFailures), trialPause: Database.trialPause)
    modelFailures = word(.modelFailures)
    cacheLookups = word(.cacheLookups)
    cacheHits = word(.cacheHits)
    tokenRatio = word(.tokenCorrection)
    budgetAlert = word(.budgetAlert)
    drainTurn = DrainTurn(heldUntil: word(.drainHeldUntil))
    routeHealth = RouteHealth(SharedWords(Self.routeWords, of: memory))
    providerCalls = ProviderCalls(SharedWords(Self.callWords, of: memory))
    keyFetches = KeyFetchPermit(
      breaker: Breaker(openUntil: word(.keyFetchOpenUntil), failures: word(.keyFetchFailures)),
      next: word(.keyFetchNext))
    databaseConnections = word(.databaseConnections)
    dayRefusals = word(.dayRefusals)
    minuteRefusals = word(.minuteRefusals)
    letterRefusals = word(.letterRefusals)
    spoolAppended = word(.spoolAppended)
    spoolReplayed = word(.spoolReplayed)
    spoolLost = word(.spoolLost)
    tallies = Tallies(SharedWords(Self.tallyWords, of: memory))
    pools = PoolCounts(SharedWords(Self.poolWords, of: memory))
    readDatabaseBreaker = Breaker(openUntil: word(.readDatabaseOpenUntil), failures: word(.readDatabaseFailures))
    readDatabaseAway = word(.readDatabaseAway)
    replicaLagKnown = word(.replicaLagKnown)
    spoolLossTold = word(.spoolLossTold)
    requests = RequestCounts(SharedWords(Self.requestWords, of: memory))
    workers = WorkerSlots(SharedWords(Self.workerWords, of: memory))
    localQuotas = LocalQuotas(SharedWords(Self.localQuotaWords, of: memory), dayEnd: word(.dayEnd))
    isShared = memory != nil
    toldLately = ToldLately(SharedWords(Self.toldWords, of: memory))
    self.obstacle = obstacle
  }

  /// By how many seconds the replica was behind when `maintain` looked last; nil: that is not known.
  var replicaLag: Int? {
    get { Int(exactly: replicaLagKnown.load()).flatMap { $0 > 0 ? $0 - 1 : nil } }
    nonmutating set { replicaLagKnown.store(newValue.map { UInt64(max(0, $0)) + 1 } ?? 0) }
  }

  /// `TokenBudget.correction`, as learned by all workers.
  var tokenCorrection: Double {
    let bits = tokenRatio.load()
    return bits == 0 ? 1 : Double(bitPattern: bits)
  }

  /// Learns from one answer's count. A count that another worker's overtakes is lost, and nobody misses it.
  func learnTokens(estimated: Int, counted: Int) {
    let updated = TokenCorrection.updated(tokenCorrection, estimated: estimated, counted: counted)
    tokenRatio.store(updated.bitPattern)
  }

  /// Whether this worker is the one to tell that the budget of the day that ends then is spent.
  func claimsBudgetAlert(dayEnd: String) -> Bool {
    let (mark, told) = (Self.budgetMark(dayEnd), budgetAlert.load())
    return told != mark && budgetAlert.exchange(expected: told, desired: mark)
  }

  /// Whether it was told that the budget of the day that ends then is spent.
  func isBudgetTold(dayEnd: String) -> Bool { budgetAlert.load() == Self.budgetMark(dayEnd) }

  private static func budgetMark(_ dayEnd: String) -> UInt64 { SharedSlots.Identity(dayEnd).word }

  static func path(_ directory: String) -> String { directory + "/scoreboard" }
}
