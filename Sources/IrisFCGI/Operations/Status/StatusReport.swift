import IrisSystem

/// What this host's workers did and do, at one moment. Times are microseconds of the monotonic clock unless it is said.
struct StatusReport: Equatable, Sendable {
  struct Pool: Equatable, Sendable {
    let counts: PoolCounts.Line
    /// Those that live.
    var workers: [WorkerView] = []
    /// Workers that are gone without a word, those included whom nobody has counted yet.
    var killed: UInt64 = 0
    /// nil: nobody may know.
    var queue: ListenQueue?

    var name: String { counts.pool }
    /// The longest queue that anybody saw, this look included.
    var longestQueue: UInt64 { max(counts.longestQueue, UInt64(queue?.waiting ?? 0)) }

    func count(_ state: WorkerState) -> Int { workers.count { $0.state == state } }
    func sum(_ bytes: (WorkerView) -> UInt64) -> UInt64 { workers.reduce(0) { $0 &+ bytes($1) } }
  }

  /// A model with one key.
  struct Model: Equatable, Sendable {
    let provider: String
    let model: String
    /// Its number in the list; nil: the key is not known here, and what concerns it alone is not told.
    let key: Int?
    /// nil: it is asked.
    var obstacle: SetAside?
  }

  enum Database: Equatable, Sendable {
    case up
    /// The last call failed; while calls are paused, workers don't even try.
    case down(reason: String, isPaused: Bool)
  }

  struct Budget: Equatable, Sendable {
    let currency: String
    /// In micro-units; nil: there is none.
    let limit: Int?
    let isReached: Bool
    /// In micro-units, since counting began.
    let spent: UInt64
  }

  struct SpoolCounts: Equatable, Sendable {
    var appended: UInt64 = 0
    var replayed: UInt64 = 0
    var lost: UInt64 = 0
  }

  /// Unix microseconds.
  let time: Int64
  let now: Int64
  let host: String
  /// Which file of counters it is.
  let source: FileStatus.Identity
  var pools: [Pool] = []
  /// nil: the configuration is not known here.
  var models: [Model]?
  var database = Database.up
  /// Where analytics are read, where there is a replica.
  var readsReplica: Bool?
  /// What waits in the spool; nil: this user may not look.
  var spool: Spool.Depth?
  var spoolCounts = SpoolCounts()
  var budget: Budget?
  /// What keeps this report from being whole, one line each.
  var notes: [String] = []

  /// Since when the workers count, in Unix milliseconds; nil: not known.
  var countsSince: Int64? { pools.map(\.counts.since).filter { $0 > 0 }.min() }

  /// All that live, by pool and process.
  var workers: [WorkerView] { pools.flatMap(\.workers) }

  /// What was done between two looks.
  struct Interval: Equatable, Sendable {
    let microseconds: Int64
    /// By pool.
    let times: [String: Histogram]

    func perSecond(_ pool: String) -> Double? {
      times[pool].map { Double($0.count) * 1_000_000 / Double(microseconds) }
    }
  }

  /// - Returns: nil where the two cannot be compared: no time has passed, or counting began anew.
  func interval(since earlier: StatusReport?) -> Interval? {
    guard let earlier, now > earlier.now, (source.device, source.inode) == (earlier.source.device, earlier.source.inode)
    else { return nil }
    let before = Dictionary(earlier.pools.map { ($0.name, $0.counts.times) }, uniquingKeysWith: { first, _ in first })
    let times = pools.map { ($0.name, $0.counts.times.since(before[$0.name] ?? Histogram())) }
    return Interval(microseconds: now - earlier.now, times: Dictionary(times, uniquingKeysWith: { first, _ in first }))
  }
}
