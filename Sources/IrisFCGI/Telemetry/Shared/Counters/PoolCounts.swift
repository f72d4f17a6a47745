import IrisSystem

/// What is counted for each pool of workers, since the file was made: the waits in its queue, its requests and their times,
/// how many workers began, and how many ended without a word.
struct PoolCounts: Sendable {
  /// Some 16 pools and all others, once for the waits and once for the work.
  static let wordCount = 2 * 17 * HistogramTable.width

  /// A pool, ready to be counted for.
  struct Pool: Sendable {
    let name: String
    fileprivate let identity: SharedSlots.Identity

    init(_ name: String) {
      self.name = name
      identity = SharedSlots.Identity("pool", name)
    }

    /// This process's.
    static let own = Pool(PoolName.current)
  }

  struct Line: Equatable, Sendable {
    let pool: String
    var waits = Histogram()
    var starts: UInt64 = 0
    var crashes: UInt64 = 0
    /// The number of the socket that the pool listens on; 0: not known.
    var socket: UInt64 = 0
    /// When its first worker began, in Unix milliseconds; 0: not known.
    var since: Int64 = 0
    /// From a worker's taking a request to its answer's being ready.
    var times = Histogram()
    /// Connections that workers took, those without a request among them.
    var accepted: UInt64 = 0
    /// Requests that the log has as slow.
    var slow: UInt64 = 0
    /// The longest queue that anybody saw.
    var longestQueue: UInt64 = 0

    /// How full its queue is now; nil: nobody may know.
    var queue: ListenQueue? { ListenQueue(socket: socket) }
  }

  /// Milliseconds for some thousand years: whatever stands in the file, sums with it don't overflow.
  private static let timeBits: UInt64 = 1 << 48 - 1

  /// What stands beside a pool's histogram of waits, behind its name.
  private enum WaitWord: Int {
    case starts = 2, crashes, socket, since
  }

  /// What stands beside its histogram of work, behind its name.
  private enum WorkWord: Int {
    case accepted = 2, slow, longestQueue
  }

  private let waits: HistogramTable
  private let work: HistogramTable

  init(_ words: SharedWords) {
    let half = words.count / 2
    waits = HistogramTable(words.part(0..<half))
    work = HistogramTable(words.part(half..<2 * half))
  }

  /// A request waited so long for a worker of the pool.
  func waited(milliseconds: Int, in pool: Pool) {
    // No wait is longer than nginx's; what its clock says beyond that is no time.
    waits.time(Int64(max(0, min(milliseconds, 3_600_000))) * 1_000, in: slot(of: pool, in: waits))
  }

  /// A worker of the pool begins.
  /// - Parameter now: Unix milliseconds.
  func started(in pool: Pool, at now: Int64 = Clock.realtimeMilliseconds) {
    word(.starts, of: pool).add(1)
    _ = word(.since, of: pool).exchange(expected: 0, desired: UInt64(clamping: now))
  }

  /// A worker of the pool is gone and did not say so.
  func crashed(in pool: Pool) { word(.crashes, of: pool).add(1) }

  /// A worker of the pool took a connection.
  func accepted(in pool: Pool) { word(.accepted, of: pool).add(1) }

  /// A worker of the pool has answered a request in so many microseconds.
  func worked(microseconds: Int64, in pool: Pool) { work.time(microseconds, in: slot(of: pool, in: work)) }

  /// A request was slow, as the log has it.
  func wasSlow(in pool: Pool) { word(.slow, of: pool).add(1) }

  /// A worker of the pool looked at the socket that it listens on.
  /// - Parameter waiting: connections in its queue; nil: the kernel does not say.
  func saw(socket: UInt64, waiting: Int?, in pool: Pool) {
    let known = word(.socket, of: pool)
    if known.load() != socket { known.store(socket) }
    guard let waiting, waiting > 0 else { return }
    let longest = word(.longestQueue, of: pool)
    var before = longest.load()
    while UInt64(waiting) > before, !longest.exchange(expected: before, desired: UInt64(waiting)) {
      before = longest.load()
    }
  }

  private func word(_ word: WaitWord, of pool: Pool) -> SharedWord { self.word(word, in: slot(of: pool, in: waits)) }
  private func word(_ word: WorkWord, of pool: Pool) -> SharedWord { self.word(word, in: slot(of: pool, in: work)) }
  private func word(_ word: WaitWord, in slot: Int) -> SharedWord {
    waits.word(HistogramTable.spare + word.rawValue, of: slot)
  }
  private func word(_ word: WorkWord, in slot: Int) -> SharedWord {
    work.word(HistogramTable.spare + word.rawValue, of: slot)
  }

  private func slot(of pool: Pool, in table: HistogramTable) -> Int {
    let slot = table.slot(of: pool.identity)
    // Whoever comes first writes the name; two at once write the same.
    if table.word(HistogramTable.spare, of: slot).load() == 0 {
      SharedText.store(pool.name, in: name(of: slot, in: table))
    }
    return slot
  }

  private func name(of slot: Int, in table: HistogramTable) -> [SharedWord] {
    (0..<2).map { table.word(HistogramTable.spare + $0, of: slot) }
  }

  /// What was counted, in the order of the pools' names.
  var lines: [Line] {
    var lines: [String: Line] = [:]
    for (slot, identity) in waits.slots {
      edit(&lines, identity, slot, waits) { line in
        line.waits += waits.histogram(in: slot)
        line.starts &+= word(.starts, in: slot).load()
        line.crashes &+= word(.crashes, in: slot).load()
        line.socket = word(.socket, in: slot).load()
        line.since = Int64(clamping: word(.since, in: slot).load() & Self.timeBits)
      }
    }
    for (slot, identity) in work.slots {
      edit(&lines, identity, slot, work) { line in
        line.times += work.histogram(in: slot)
        line.accepted &+= word(.accepted, in: slot).load()
        line.slow &+= word(.slow, in: slot).load()
        line.longestQueue = max(line.longestQueue, word(.longestQueue, in: slot).load())
      }
    }
    return lines.values.filter(\.wasInUse).sorted { $0.pool < $1.pool }
  }

  private func edit(
    _ lines: inout [String: Line], _ identity: UInt64?, _ slot: Int, _ table: HistogramTable,
    _ change: (inout Line) -> Void
  ) {
    let pool = identity == nil ? PoolName.unknown : SharedText.load(name(of: slot, in: table))
    change(&lines[pool, default: Line(pool: pool)])
  }
}

extension PoolCounts.Line {
  /// Whether the pool ever had a worker.
  fileprivate var wasInUse: Bool { [waits.count, starts, crashes, times.count, accepted].contains { $0 > 0 } }
}
