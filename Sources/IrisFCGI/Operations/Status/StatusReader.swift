import IrisDomain
import IrisSystem

/// Reads a `StatusReport` from the scoreboard and the spool, touching neither, and without the database. A configuration
/// that is broken or unknown to this user takes only what depends on it.
struct StatusReader {
  private let directory: String
  private let configuration: Configuration?
  private let notes: [String]

  init(_ loader: ConfigurationLoader) {
    var notes: [String] = []
    if case .denied(let path) = loader.layers.fileState {
      notes.append("\(path) may not be read by this user: only the environment counts; run it as root")
    }
    do throws(ConfigurationProblems) {
      let loaded = try loader.load()
      configuration = loaded
      if loaded.gemini.keys.isEmpty {
        notes.append("no key of Gemini is known here: what concerns one key is not shown")
      }
    } catch {
      configuration = nil
      notes.append("models, spool and budget are not shown, for the configuration is not valid: iris-fcgi config")
    }
    let fallback = Variable.runtimeDirectory.option.fallback ?? ""
    directory = configuration?.runtimeDirectory ?? loader.settings.values[.runtimeDirectory]?.text.exposed ?? fallback
    self.notes = notes
  }

  /// Looks once.
  func read() throws(CommandFailure) -> StatusReport {
    let (board, source) = try scoreboard()
    let now = Clock.monotonicMicroseconds
    var report = StatusReport(
      time: Clock.realtimeMicroseconds, now: now, host: HostProcess.hostName, source: source,
      pools: Self.pools(board, at: now))
    report.database = Self.database(board, at: now)
    report.spoolCounts = StatusReport.SpoolCounts(
      appended: board.spoolAppended.load(), replayed: board.spoolReplayed.load(), lost: board.spoolLost.load())
    report.notes = notes
    if let configuration { add(configuration, board, to: &report) }
    return report
  }

  private func scoreboard() throws(CommandFailure) -> (Scoreboard, FileStatus.Identity) {
    do {
      let board = try Scoreboard(existingIn: directory)
      return (board, try Files.status(of: Scoreboard.path(directory)).identity)
    } catch SharedMemoryError.file(.notFound(let path)), FileError.notFound(let path) {
      throw CommandFailure(lines: [
        "\(path) does not exist: no worker has started since the boot, or \(Variable.runtimeDirectory.rawValue) is not the"
          + " workers'",
        "look at: systemctl status iris.target; iris-fcgi config",
      ])
    } catch SharedMemoryError.otherLayout(let path) {
      throw CommandFailure("\(path) was made by workers of another version: use their iris-fcgi, or restart them")
    } catch {
      throw CommandFailure("\(error): run it as root or as the workers' user")
    }
  }

  private static func pools(_ board: Scoreboard, at now: Int64) -> [StatusReport.Pool] {
    let workers = Dictionary(grouping: board.workers.living(at: now), by: \.pool)
    let abandoned = Dictionary(grouping: board.workers.abandoned(at: now)) { $0 }
    let counts = Dictionary(board.pools.lines.map { ($0.pool, $0) }, uniquingKeysWith: { first, _ in first })
    return Set(workers.keys).union(counts.keys).sorted().map { name in
      let counts = counts[name] ?? PoolCounts.Line(pool: name)
      return StatusReport.Pool(
        counts: counts, workers: workers[name] ?? [], killed: counts.crashes &+ UInt64(abandoned[name]?.count ?? 0),
        queue: counts.queue)
    }
  }

  private static func database(_ board: Scoreboard, at now: Int64) -> StatusReport.Database {
    let breaker = board.databaseBreaker
    guard breaker.hasFailed else { return .up }
    let reason = breaker.isMisfit ? "misfit" : breaker.isSilent ? "silent" : "failed"
    return .down(reason: reason, isPaused: breaker.isOpen(at: now))
  }

  private func add(_ configuration: Configuration, _ board: Scoreboard, to report: inout StatusReport) {
    report.models = models(configuration, board)
    if configuration.database.readURL != nil { report.readsReplica = board.readDatabaseAway.load() == 0 }
    report.budget = StatusReport.Budget(
      currency: configuration.prices.currency, limit: configuration.dailyBudget,
      isReached: board.tallies[.budgetReached] != 0, spent: board.tallies[.spend])
    let spool = Spool(
      stateDirectory: configuration.stateDirectory, limit: configuration.spoolMaxBytes,
      timeZone: configuration.timeZone, log: Log(threshold: .error), scoreboard: board)
    do throws(FileError) {
      _ = try spool.folder.segments()
      report.spool = spool.depth()
    } catch .notFound {
      // It is made with its first record.
      report.spool = Spool.Depth()
    } catch {
      report.notes.append("the spool cannot be looked at: \(error)")
    }
  }

  private func models(_ configuration: Configuration, _ board: Scoreboard) -> [StatusReport.Model] {
    let now = Clock.realtimeMilliseconds
    func model(_ provider: String, _ base: String, _ name: String, _ key: Secret?, number: Int?) -> StatusReport.Model {
      let scopes = RouteScopes(base: base, model: name, key: key)
      return StatusReport.Model(
        provider: provider, model: name, key: number, obstacle: board.routeHealth.obstacle(to: scopes, at: now))
    }
    let gemini = configuration.gemini
    var models = gemini.models.flatMap { name in
      gemini.keys.isEmpty
        ? [model("gemini", gemini.baseURL, name, nil, number: nil)]
        : gemini.keys.enumerated().map { model("gemini", gemini.baseURL, name, $0.element, number: $0.offset + 1) }
    }
    if let backup = configuration.backup {
      models.append(model("backup", backup.baseURL, backup.model, backup.key, number: 1))
    }
    return models
  }
}
