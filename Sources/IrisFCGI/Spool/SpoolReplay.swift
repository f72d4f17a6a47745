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
    var refusalsInARow = 0

    fileprivate var hasCounts: Bool { replayed + known + dropped + damaged + postponed > 0 }
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
  /// After so many refusals in a row the database is in no state to take records.
  private static let mostRefusals = 20

  let folder: SpoolFolder
  let store: SpoolStore
  let chats: ChatStore
  let pseudonyms: Pseudonyms
  let losses: SpoolLosses
  let scoreboard: Scoreboard
  let log: Log
  /// Microseconds of the monotonic clock at which nothing new is begun.
  let deadline: Int64
  /// Asked before each round trip; false leaves the rest for another run.
  let goesOn: () -> Bool

  func run() -> Report {
    var report = Report()
    do throws(End) { try work(&report) } catch { report.end = error }
    if report.hasCounts { tell(report) }
    return report
  }

  private func work(_ report: inout Report) throws(End) {
    try inDatabase { () throws(StoreError) in try losses.raise(raise) }
    guard folder.isTrusted else { return }
    guard let turn = try inFolder({ () throws(FileError) in try FileLock.take(folder.path) }) else { throw .busy }
    defer { extendLifetime(turn) }
    try inFolder { () throws(FileError) in try folder.seal() }
    let segments = try inFolder { () throws(FileError) in try folder.segments() }
    for segment in segments where segment.isSealed { try replay(segment, &report) }
  }

  private func replay(_ segment: SpoolFolder.Segment, _ report: inout Report) throws(End) {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try folder.read(segment) } catch {
      // It may be readable later, and keeps no other from the database meanwhile.
      log.write(.error, "a segment of the spool cannot be read", [("reason", .text("\(error)"))])
      report.postponed += 1
      return
    }
    let contents = SpoolFrame.scan(bytes)
    var isDone = true
    for piece in contents.damaged {
      isDone = try setAside(bytes[piece], of: segment, "a piece of it cannot be read", &report) && isDone
    }
    var rest = contents.records[...]
    while !rest.isEmpty {
      let step = try bring(rest.prefix(SpoolReplay.batch), of: segment, bytes, &report)
      isDone = step.isDone && isDone
      rest = rest.dropFirst(step.count)
    }
    if isDone { try inFolder { () throws(FileError) in try Files.remove(folder.file(segment.name)) } }
  }

  /// Brings the first of these records in one round trip.
  /// - Returns: how many that were, one at least, and whether they need their segment no more.
  private func bring(
    _ places: ArraySlice<Range<Int>>, of segment: SpoolFolder.Segment, _ bytes: [UInt8], _ report: inout Report
  ) throws(End) -> (count: Int, isDone: Bool) {
    guard goesOn(), Clock.monotonicMicroseconds < deadline else { throw .interrupted }
    var items: [SpoolStore.Item] = []
    for place in places {
      guard let record = SpooledRecord(bytes[place]) else { break }
      items.append(SpoolStore.Item(record, pseudonyms))
    }
    if items.isEmpty, let place = places.first {
      return (1, try setAside(bytes[place], of: segment, "a record of it is none of ours", &report))
    }
    let outcomes = try inDatabase { () throws(StoreError) in try store.replay(items) }
    var isDone = true
    for (place, (item, outcome)) in zip(places, zip(items, outcomes)) {
      isDone = note(outcome, &report) && isDone
      if outcome.isSettled, let turn = item.record.turn {
        scoreboard.localQuotas.replayed(turn, isNew: outcome != .kept(isNew: false))
      }
      if case .refused(let state) = outcome {
        isDone =
          try setAside(frame(of: place, bytes), of: segment, "PostgreSQL refuses a record (\(state))", &report)
          && isDone
      }
    }
    guard report.refusalsInARow < SpoolReplay.mostRefusals else { throw .noDatabase }
    return (outcomes.count, isDone)
  }

  /// A record as it stood, so that its file can be replayed again.
  private func frame(of place: Range<Int>, _ bytes: [UInt8]) -> ArraySlice<UInt8> {
    bytes[place.lowerBound - SpoolFrame.headerLength..<min(place.upperBound + 1, bytes.count)]
  }

  /// Counts a record.
  /// - Returns: whether it needs its segment no more.
  private func note(_ outcome: SpoolStore.Outcome, _ report: inout Report) -> Bool {
    if case .postponed(let state) = outcome {
      report.postponed += 1
      report.refusalsInARow += 1
      log.write(.warning, "a record of the spool has to wait", [("sqlstate", .text(state))])
      return false
    }
    report.refusalsInARow = 0
    switch outcome {
    case .kept(let isNew):
      if isNew { report.replayed += 1 } else { report.known += 1 }
      scoreboard.spoolReplayed.increment()
    case .erased: report.dropped += 1
    case .refused, .postponed: break
    }
    return true
  }

  /// - Returns: whether it is safe there: a disk that is full may take it another time.
  private func setAside(
    _ bytes: ArraySlice<UInt8>, of segment: SpoolFolder.Segment, _ reason: String, _ report: inout Report
  ) throws(End) -> Bool {
    do throws(FileError) {
      guard try folder.setAside(bytes, of: segment) else { return true }
    } catch {
      log.write(.error, "a damaged part of the spool cannot be set aside", [("reason", .text("\(error)"))])
      report.postponed += 1
      return false
    }
    report.damaged += 1
    log.write(
      .error, "a part of the spool was set aside for an operator to look at",
      [("segment", .text(segment.id)), ("bytes", .number(bytes.count)), ("reason", .text(reason))])
    let alert = Alert(kind: .spoolDamaged, subject: "spool", detail: ["reason": reason], event: nil)
    try inDatabase { () throws(StoreError) in try raise(alert) }
    return true
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
