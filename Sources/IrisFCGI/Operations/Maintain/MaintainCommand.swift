import IrisDomain
import IrisSystem

/// `iris-fcgi maintain`: what must be done now and then and by nobody who serves users. Safe at any moment, killed half-way,
/// and beside another one, to whom it leaves the work.
struct MaintainCommand {
  /// A run holds the upkeep for so long, which is longer than a step of it takes, since each ends by itself.
  static let leaseSeconds = 180
  /// Sending and purging begin nothing new after so long; a timer comes again in a minute.
  static let stepMicroseconds: Int64 = 45_000_000

  let services: Services
  /// The database with time for what takes long, such as the roll-up of a day.
  let patientDatabase: Database
  /// Where months are written before they go; nil: nowhere.
  let archive: MonthArchive?
  private let upkeep: UpkeepStore
  private let holder: String

  /// - Parameter archive: the folder for what is dropped.
  static func run(
    json: Bool, archive: String? = nil, loader: ConfigurationLoader, console: Console = .host
  ) -> Int32 {
    let output = MaintainOutput(console: console, json: json)
    do throws(CommandFailure) {
      let report = try MaintainCommand(loader, archive: archive).perform()
      output.show(report)
      return report.failures.isEmpty ? ExitCode.fine : ExitCode.failed
    } catch {
      for line in error.lines { console.writeError("iris-fcgi: \(line.singleLine)\n") }
      return error.code
    }
  }

  private init(_ loader: ConfigurationLoader, archive folder: String?) throws(CommandFailure) {
    services = try CommandServices(loader, scoreboard: Self.scoreboard).services
    // What it leaves behind is for workers and for the next run, which are not root.
    _ = services.configuration.workersUser?.become()
    patientDatabase = Database(
      settings: services.configuration.database, breaker: Breaker(openUntil: .local(), failures: .local()), log: nil,
      callMilliseconds: Self.stepMicroseconds / 1_000)
    upkeep = UpkeepStore(database: services.database)
    if let folder, let url = services.configuration.database.url {
      archive = MonthArchive(folder: folder, url: url)
    } else {
      archive = nil
    }
    do {
      holder = try ProcessIdentity.current?.text ?? Random.uuidV7(milliseconds: Clock.realtimeMilliseconds)
    } catch {
      throw CommandFailure("\(error)")
    }
  }

  /// The workers' own, so that what they count is seen, and what this run does is seen by them.
  private static func scoreboard(of configuration: Configuration) -> Scoreboard {
    (try? Scoreboard(existingIn: configuration.runtimeDirectory)) ?? .local
  }

  private func perform() -> MaintainReport {
    var report = MaintainReport()
    // Each host has its own: it is not left because another host's run is under way.
    report.add("spool", replaySpool())
    // Before what may take minutes, and above all when the database is away.
    tellAlerts(&report)
    observeReplica(&report)
    do throws(CommandFailure) {
      if try begin() { workInDatabase(&report) } else { report.isBusy = true }
    } catch {
      report.failures += error.lines
    }
    AddressHashes.removeExpired(in: services.configuration.runtimeDirectory)
    return report
  }

  private func workInDatabase(_ report: inout MaintainReport) {
    report.hadUpkeep = true
    // What users wait for comes first. A step that fails keeps no other from its work.
    attempt("outbox", &report) { (report) throws(StoreError) in
      report.outbox = try services.outboxDrain().run(limit: .max, until: MaintainCommand.stepEnd)
    }
    attempt("partitions", &report) { (report) throws(StoreError) in
      report.partitions = try upkeep.extendPartitions()
    }
    renewLease()
    attempt("roll-ups", &report) { (report) throws(StoreError) in report.add("roll-ups", try rollUp()) }
    renewLease()
    retain(&report)
    renewLease()
    attempt("purge", &report, purge)
    attempt("end", &report) { (_) throws(StoreError) in try upkeep.end(as: holder) }
  }

  /// - Returns: false when another run is under way.
  private func begin() throws(CommandFailure) -> Bool {
    do throws(StoreError) {
      guard let other = try upkeep.begin(as: holder, leaseSeconds: MaintainCommand.leaseSeconds) else { return true }
      guard ProcessIdentity(other)?.standing == .ended else { return false }
      return try upkeep.begin(as: holder, leaseSeconds: MaintainCommand.leaseSeconds, insteadOf: other) == nil
    } catch {
      throw CommandFailure("the database cannot be used: \(lastFailure)")
    }
  }

  private func attempt(
    _ step: String, _ report: inout MaintainReport, _ work: (inout MaintainReport) throws(StoreError) -> Void
  ) {
    do throws(StoreError) { try work(&report) } catch { report.failures.append("\(step): \(lastFailure)") }
  }

  private func purge(_ report: inout MaintainReport) throws(StoreError) {
    try inBatches(until: MaintainCommand.stepEnd) { () throws(StoreError) in
      let purged = try upkeep.purge(batch: KeepingTimes.batch)
      report.purged.add(purged)
      return purged.byTable.values.contains { $0 >= KeepingTimes.batch }
    }
    for (topic, count) in report.purged.undelivered.sorted(by: { $0.key < $1.key }) {
      services.log.write(
        .error, "notices expired before they were delivered", [("topic", .text(topic)), ("notices", .number(count))])
    }
  }

  /// Holds the upkeep for longer: before each step that may take its time, and with each month that is archived. Should that fail, another run may begin, which does no harm.
  func renewLease() { _ = try? upkeep.begin(as: holder, leaseSeconds: MaintainCommand.leaseSeconds) }

  /// Takes bounded batches until one leaves nothing more, or the time is over.
  func inBatches(until end: Int64, _ leavesMore: () throws(StoreError) -> Bool) throws(StoreError) {
    while try leavesMore(), Clock.monotonicMicroseconds < end {}
  }

  static var stepEnd: Int64 { Clock.monotonicMicroseconds + stepMicroseconds }

  private var lastFailure: String {
    services.database.lastFailure ?? patientDatabase.lastFailure ?? "no reason is known"
  }
}
