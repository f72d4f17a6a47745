import IrisSystem

/// What is counted for each pool of workers, since the file was made: the waits in its queue, how many workers began, and
/// how many ended without a word.
struct PoolCounts: Sendable {
  /// Some 16 pools and all others.
  static let wordCount = 17 * HistogramTable.width

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
  }

  private static let nameWords = HistogramTable.spare..<HistogramTable.spare + 2
  private static let startsWord = HistogramTable.spare + 2
  private static let crashesWord = HistogramTable.spare + 3

  private let table: HistogramTable

  init(_ words: SharedWords) { table = HistogramTable(words) }

  /// A request waited so long for a worker of the pool.
  func waited(milliseconds: Int, in pool: Pool) {
    // No wait is longer than nginx's; what its clock says beyond that is no time.
    table.time(Int64(max(0, min(milliseconds, 3_600_000))) * 1_000, in: slot(of: pool))
  }

  /// A worker of the pool begins.
  func started(in pool: Pool) { table.word(Self.startsWord, of: slot(of: pool)).add(1) }

  /// A worker of the pool is gone and did not say so.
  func crashed(in pool: Pool) { table.word(Self.crashesWord, of: slot(of: pool)).add(1) }

  private func slot(of pool: Pool) -> Int {
    let slot = table.slot(of: pool.identity)
    // Whoever comes first writes the name; two at once write the same.
    let name = name(of: slot)
    if name[0].load() == 0 { SharedText.store(pool.name, in: name) }
    return slot
  }

  private func name(of slot: Int) -> [SharedWord] { Self.nameWords.map { table.word($0, of: slot) } }

  /// What was counted, in the order of the pools' names.
  var lines: [Line] {
    var lines: [String: Line] = [:]
    for (slot, identity) in table.slots {
      let name = identity == nil ? PoolName.unknown : SharedText.load(name(of: slot))
      var line = lines[name] ?? Line(pool: name)
      line.waits += table.histogram(in: slot)
      line.starts += table.word(Self.startsWord, of: slot).load()
      line.crashes += table.word(Self.crashesWord, of: slot).load()
      if line.waits.count + line.starts + line.crashes > 0 { lines[name] = line }
    }
    return lines.values.sorted { $0.pool < $1.pool }
  }
}
