import IrisDomain
import IrisSystem

/// Why the spool did not take a record.
enum SpoolError: Error, Equatable, Sendable {
  /// `IRIS_SPOOL_MAX_BYTES` are used.
  case full
  /// The disk has no room, or the folder cannot be written; the reason in the system's words.
  case unwritable(String)

  var logWord: String {
    switch self {
    case .full: "IRIS_SPOOL_MAX_BYTES are used"
    case .unwritable(let words): words
    }
  }
}

/// What must be kept and cannot be written to the database now: append-only files in `IRIS_STATE_DIR`, one or two for each
/// worker (ADR 0019). While the database works it costs nothing: a worker makes a file with its first record.
final class Spool {
  /// A worker begins a new segment from so many bytes on: a replay that is interrupted repeats no more than one.
  static let segmentBytes = 1 << 20
  /// Less room than this is too little for a record.
  private static let leastRoom = 65_536

  let folder: SpoolFolder
  let losses: SpoolLosses
  /// Microseconds of the monotonic clock before which no replay makes sense.
  var restsUntil: Int64 = 0
  private let limit: Int
  private let timeZone: String
  private let scoreboard: Scoreboard
  /// The open segments of this worker, by the rank of their records.
  private var open: [Int: String] = [:]
  /// Whether records may be waiting: unknown is yes.
  private var mayHold = true
  /// What the host's workers had appended when the folder was last looked at.
  private var appendedThen: UInt64

  init(stateDirectory: String, limit: Int, timeZone: String, log: Log, scoreboard: Scoreboard) {
    folder = SpoolFolder(stateDirectory: stateDirectory)
    self.limit = limit
    self.timeZone = timeZone
    self.scoreboard = scoreboard
    losses = SpoolLosses(log: log, scoreboard: scoreboard)
    appendedThen = scoreboard.spoolAppended.load()
  }

  /// Appends a record; on return it is on the disk. What it refuses is lost, and it counts and logs that itself.
  func append(_ record: SpoolRecord) throws(SpoolError) {
    do throws(SpoolError) {
      try folder.prepare()
      try write(SpoolFrame.encode(record.json(id: newID(), timeZone: timeZone)), rank: record.rank)
    } catch {
      losses.note(record.kind, error)
      throw error
    }
    mayHold = true
    scoreboard.spoolAppended.increment()
  }

  private func write(_ frame: [UInt8], rank: Int) throws(SpoolError) {
    while true {
      let known = open[rank]
      let name: String
      if let known { name = known } else { name = "\(rank)-\(try newID())\(SpoolFolder.open)" }
      open[rank] = nil
      let outcome: AppendOutcome
      do throws(FileError) {
        outcome = try Files.appendDurably(frame, to: folder.file(name), isNew: known == nil) { () throws(FileError) in
          try usedBytes() <= limit
        }
      } catch {
        throw .unwritable("\(error)")
      }
      switch outcome {
      case .kept(let size):
        if size < Spool.segmentBytes { open[rank] = name }
        return
      case .refused: throw .full
      case .gone: continue
      }
    }
  }

  private func newID() throws(SpoolError) -> String {
    do { return try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds) } catch { throw .unwritable("\(error)") }
  }

  private func usedBytes() throws(FileError) -> Int { try folder.segments().reduce(0) { $0 + $1.bytes } }

  /// Whether a record could be taken now, as far as can be known without writing one.
  var isWritable: Bool {
    do throws(SpoolError) { try folder.prepare() } catch { return false }
    guard Files.isWritableDirectory(folder.path), let used = try? usedBytes(),
      limit - used >= min(limit, Spool.leastRoom),
      let free = try? Files.freeBytes(at: folder.path)
    else { return false }
    return free >= UInt64(Spool.leastRoom)
  }
}

/// What waits.
extension Spool {
  /// Whether records may be waiting for the database, this worker's or another's. No system call: other workers' records are
  /// known by the scoreboard, and those of an earlier boot by `look()`.
  var hasRecords: Bool { mayHold || scoreboard.spoolAppended.load() != appendedThen }

  /// Whether there is something to tell the database: records, or that some were lost.
  var hasNews: Bool { hasRecords || losses.isUntold }

  /// Looks into the folder.
  /// - Returns: whether records are waiting.
  @discardableResult
  func look() -> Bool {
    appendedThen = scoreboard.spoolAppended.load()
    mayHold = (try? folder.segments())?.contains { !$0.isDamaged } ?? false
    losses.tell()
    return mayHold
  }

  /// How much is waiting, for monitoring.
  struct Depth: Equatable, Sendable {
    var records = 0
    /// With what was set aside, as the limit counts it.
    var bytes = 0
    /// Since the oldest waiting segment was begun; 0 when nothing waits.
    var oldestAgeSeconds = 0
    /// Files that were set aside.
    var damagedFiles = 0
  }

  /// Reads the waiting segments once: for a monitor, not for a user's request.
  func depth() -> Depth {
    var depth = Depth()
    guard folder.isTrusted, let segments = try? folder.segments() else { return depth }
    var oldest: Int64?
    for segment in segments {
      depth.bytes += segment.bytes
      guard !segment.isDamaged else {
        depth.damagedFiles += 1
        continue
      }
      guard segment.bytes > 0, let bytes = try? folder.read(segment) else { continue }
      depth.records += bytes.count { $0 == UInt8(ascii: "\n") }
      if let made = segment.madeAt { oldest = min(oldest ?? made, made) }
    }
    if let oldest { depth.oldestAgeSeconds = Int(max(0, Clock.realtimeMilliseconds - oldest) / 1_000) }
    return depth
  }
}
