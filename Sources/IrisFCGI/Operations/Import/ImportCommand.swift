import IrisDomain
import IrisSystem

/// What to import.
struct ImportRequest: Equatable, Sendable {
  /// A file, a folder, or libpq's name of a database.
  let place: String
  /// Which product it is from: old ids are told apart by it.
  var source = ImportRequest.usualSource
  /// Judges all and writes nothing.
  var isTrial = false

  static let usualSource = "default"

  /// Whether it names a database: a URI, or keywords as in `host=… dbname=…`.
  var isDatabase: Bool {
    place.hasPrefix("postgres://") || place.hasPrefix("postgresql://")
      || place.split(separator: " ").contains { $0.hasPrefix("dbname=") || $0.hasPrefix("service=") }
  }
}

/// `iris-fcgi import`: what another product kept of its people. Killed half-way or run again it goes on: what is here
/// already stays as it is, nothing comes twice.
struct ImportCommand {
  /// A batch takes far less; one that meets a lock or a checkpoint may take longer.
  static let callMilliseconds: Int64 = 60_000

  let request: ImportRequest
  private let source: any ImportSource
  private let store: ImportStore
  private let conversion: RowConversion
  private let database: Database
  private var progress: ImportProgress
  private var report = ImportReport()
  /// Months whose partitions are there.
  private var months: Set<String> = []

  /// - Returns: the exit code: failed, too, when a row was refused.
  static func run(
    _ request: ImportRequest, json: Bool, loader: ConfigurationLoader, console: Console = .host,
    progress: ImportProgress = .host
  ) -> Int32 {
    do throws(CommandFailure) {
      var command = try ImportCommand(request, loader, progress)
      let report = command.perform()
      ImportOutput(console: console, json: json, request: request).show(report)
      return report.failures.isEmpty && report.refused == 0 ? ExitCode.fine : ExitCode.failed
    } catch {
      for line in error.lines { console.writeError("iris-fcgi: \(line.singleLine)\n") }
      return error.code
    }
  }

  private init(
    _ request: ImportRequest, _ loader: ConfigurationLoader, _ progress: ImportProgress
  ) throws(CommandFailure) {
    let command = try CommandServices(loader)
    try command.requirePseudonyms()
    let configuration = command.services.configuration
    database = Database(
      settings: configuration.database, as: configuration.workersUser,
      breaker: Breaker(openUntil: .local(), failures: .local()), log: nil,
      callMilliseconds: ImportCommand.callMilliseconds)
    // Tells early that the database is away or its schema is old.
    _ = try command.run { try command.services.database.run("SELECT 1", repeatable: true).rowCount }
    source =
      request.isDatabase
      ? try PostgresSource(request.place, destination: database) : try CSVSource(request.place)
    store = ImportStore(database: database, source: request.source)
    conversion = RowConversion(
      source: request.source, isSupabase: source.isSupabase, issuer: configuration.externalIssuer?.issuer,
      retention: configuration.retention, pseudonyms: command.services.pseudonyms, now: Clock.realtimeMicroseconds)
    self.request = request
    self.progress = progress
  }

  private mutating func perform() -> ImportReport {
    do throws(CommandFailure) {
      for table in source.tables { try take(table) }
    } catch {
      report.failures += error.lines
      report.failures.append("it was not finished; run it again, and it goes on")
    }
    return report
  }

  private mutating func take(_ table: ImportTable) throws(CommandFailure) {
    report.begin(table)
    let rows = try source.rows(of: table)
    var count = 0
    var batch: [SourceRow] = []
    while let row = try rows.next() {
      batch.append(row)
      guard batch.count == ImportStore.batch else { continue }
      try write(batch, of: table)
      count += batch.count
      batch.removeAll(keepingCapacity: true)
      progress.show(table, rows: count, share: rows.share)
    }
    try write(batch, of: table)
    progress.show(table, rows: count + batch.count, share: rows.share, isLast: true)
  }

  /// One batch: converted, and what can be is written in one transaction.
  private mutating func write(_ batch: [SourceRow], of table: ImportTable) throws(CommandFailure) {
    do throws(StoreError) {
      let users = table.isPseudonymous ? Set(batch.compactMap { $0.text("user_id") }) : []
      let accounts = try store.accounts(of: users)
      var rows: [JSONObject] = []
      var lines: [Int: SourceRow] = [:]
      var needed: Set<String> = []
      for row in batch {
        do throws(RowRefusal) {
          let converted = try conversion.convert(row, of: table, accounts: accounts)
          rows.append(converted.row)
          lines[row.number] = row
          if let moment = converted.moment { needed.insert(ImportCommand.month(moment)) }
        } catch {
          report.note(error, of: row)
        }
      }
      try makePartitions(needed)
      try write(rows, lines, of: table)
      report.note(read: batch.count, imported: 0)
    } catch {
      throw CommandFailure("the database cannot be used: \(database.lastFailure ?? "no reason is known")")
    }
  }

  private mutating func write(
    _ rows: [JSONObject], _ lines: [Int: SourceRow], of table: ImportTable
  ) throws(StoreError) {
    // Whose an account would be is known only when it is made, so a trial judges the rest by its rules alone.
    let isJudged = !request.isTrial || table == .accounts
    let outcomes =
      rows.isEmpty || !isJudged ? [:] : try store.write(rows, of: table, isTrial: request.isTrial)
    report.note(read: 0, imported: rows.count - outcomes.count)
    for (line, word) in outcomes.sorted(by: { $0.key < $1.key }) {
      guard let reason = RowRefusal.Reason(rawValue: word), let row = lines[line] else {
        report.notePresent()
        continue
      }
      report.note(RowRefusal(reason: reason), of: row)
    }
  }

  private mutating func makePartitions(_ needed: Set<String>) throws(StoreError) {
    let missing = needed.subtracting(months)
    guard !missing.isEmpty, !request.isTrial else { return }
    try store.ensurePartitions(missing)
    months.formUnion(missing)
  }

  /// The first day of a moment's month, in UTC as the partitions have it.
  private static func month(_ microseconds: Int64) -> String {
    Timestamp.rfc3339(microseconds: microseconds).prefix(7) + "-01"
  }
}
