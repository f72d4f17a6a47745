import IrisDomain
import IrisSystem

/// Brings what waits in the spool to the database: one process of a host at a time, segment by segment. A segment goes when
/// all its records are in the database, so a replay that dies half way is begun again, and meets what is there already.
struct SpoolReplay {
  /// What a run did, in records.
  struct Report: Equatable, Sendable {
    /// They are in the database now.
    var replayed = 0
    /// They were there already.
    var known = 0
    /// Their accounts are erased.
    var dropped = 0
    /// Set aside: unreadable pieces, and what PostgreSQL refused for good.
    var damaged = 0
    /// PostgreSQL refused them for now.
    var postponed = 0
    var end = End.complete
  }

  /// Why a run ended.
  enum End: Error, Equatable, Sendable {
    /// Nothing is left but what was postponed.
    case complete
    /// The time was over, or somebody waits.
    case interrupted
    /// Another process of this host is at it.
    case busy
    case noDatabase
    /// The folder or a file cannot be used; the log says why.
    case noFolder
  }

  /// Records of one round trip: some 20 ms of work, so that a user who comes meanwhile hardly waits.
  private static let batch = 20
  /// After so many refusals in a run the database is in no state to take records.
  private static let mostPostponed = 3

  let folder: SpoolFolder
  let store: SpoolStore
  let chats: ChatStore
  let pseudonyms: Pseudonyms
  let losses: SpoolLosses
  let scoreboard: Scoreboard
  let log: Log
  /// The most that a segment may have, in bytes.
  let limit: Int
  /// Microseconds of the monotonic clock at which nothing new is begun.
  let deadline: Int64
  /// Asked before each round trip; false leaves the rest for another run.
  let goesOn: () -> Bool

  func run() -> Report {
    var report = Report()
    do throws(End) { try work(&report) } catch { report.end = error }
    if report != Report(end: report.end) { tell(report) }
    return report
  }

  private func work(_ report: inout Report) throws(End) {
    try inDatabase { () throws(StoreError) in try losses.raise(raise) }
    guard folder.isTrusted else { return }
    guard let turn = FolderLock(folder.path) else { throw .busy }
    defer { extendLifetime(turn) }
    try inFolder { () throws(FileError) in try folder.seal() }
    let segments = try inFolder { () throws(FileError) in try folder.segments() }
    for segment in segments where segment.isSealed { try replay(segment, &report) }
  }

  private func replay(_ segment: SpoolFolder.Segment, _ report: inout Report) throws(End) {
    let bytes = try inFolder { () throws(FileError) in try folder.read(segment, limit: limit) }
    let contents = SpoolFrame.scan(bytes)
    for piece in contents.damaged { try setAside(bytes[piece], of: segment, "a piece of it cannot be read", &report) }
    var rest = contents.records[...]
    var isDone = true
    while !rest.isEmpty {
      guard goesOn(), Clock.monotonicMicroseconds < deadline else { throw .interrupted }
      let places = rest.prefix(SpoolReplay.batch)
      var items: [SpoolStore.Item] = []
      for place in places {
        guard let record = SpooledRecord(bytes[place]) else { break }
        items.append(SpoolStore.Item(record, pseudonyms))
      }
      if items.isEmpty, let place = places.first {
        try setAside(bytes[place], of: segment, "a record of it is none of ours", &report)
        rest = rest.dropFirst()
        continue
      }
      let outcomes = try inDatabase { () throws(StoreError) in try store.replay(items) }
      for (place, outcome) in zip(places, outcomes) {
        if case .refused(let state) = outcome {
          try setAside(bytes[place], of: segment, "PostgreSQL refuses a record for good (\(state))", &report)
        }
        isDone = note(outcome, &report) && isDone
      }
      rest = rest.dropFirst(outcomes.count)
      guard report.postponed < SpoolReplay.mostPostponed else { throw .noDatabase }
    }
    if isDone { try inFolder { () throws(FileError) in try Files.remove(folder.file(segment.name)) } }
  }

  /// Counts a record.
  /// - Returns: whether it needs its segment no more.
  private func note(_ outcome: SpoolStore.Outcome, _ report: inout Report) -> Bool {
    switch outcome {
    case .kept(let isNew):
      if isNew { report.replayed += 1 } else { report.known += 1 }
      scoreboard.spoolReplayed.increment()
    case .erased: report.dropped += 1
    case .refused: break
    case .postponed(let state):
      report.postponed += 1
      log.write(.warning, "a record of the spool has to wait", [("sqlstate", .text(state))])
      return false
    }
    return true
  }

  private func setAside(
    _ bytes: ArraySlice<UInt8>, of segment: SpoolFolder.Segment, _ reason: String, _ report: inout Report
  ) throws(End) {
    report.damaged += 1
    guard try inFolder({ () throws(FileError) in try folder.setAside(bytes, of: segment) }) else { return }
    log.write(
      .error, "a part of the spool was set aside for an operator to look at",
      [("segment", .text(segment.id)), ("bytes", .number(bytes.count)), ("reason", .text(reason))])
    let alert = Alert(kind: .spoolDamaged, subject: "spool", detail: ["reason": reason], event: nil)
    try inDatabase { () throws(StoreError) in try raise(alert) }
  }

  private func raise(_ alert: Alert) throws(StoreError) { try chats.record(alerts: JSONBytes([alert.row]).text) }

  private func inFolder<Value: ~Copyable>(_ work: () throws(FileError) -> Value) throws(End) -> Value {
    do throws(FileError) { return try work() } catch {
      log.write(.error, "the spool cannot be used", [("reason", .text("\(error)"))])
      throw .noFolder
    }
  }

  private func inDatabase<Value>(_ work: () throws(StoreError) -> Value) throws(End) -> Value {
    do throws(StoreError) { return try work() } catch { throw .noDatabase }
  }

  private func tell(_ report: Report) {
    log.write(
      .notice, "records of the spool were brought to the database",
      [
        ("replayed", .number(report.replayed)), ("known", .number(report.known)), ("dropped", .number(report.dropped)),
        ("damaged", .number(report.damaged)), ("postponed", .number(report.postponed)),
      ])
  }
}
