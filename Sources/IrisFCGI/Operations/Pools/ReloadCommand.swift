import IrisSystem

/// `iris-fcgi reload`: replaces the workers one by one, by systemctl, each when the one before is ready. They read the
/// configuration anew and run the program that is installed now.
///
/// Nothing that serves is touched before it is known that a new worker can start: each pool gets one worker more, and if it
/// does not become ready, the pools are as they were. That examines the configuration as workers have it, which nobody else
/// can: secrets may be credentials, values stand in drop-ins, files open to the workers' user alone. While it is there, no
/// pool has fewer workers than usual.
struct ReloadCommand {
  /// What `--json` prints.
  struct Report: Encodable, Equatable {
    enum Status: String, Encodable { case ok, failed }

    var status = Status.ok
    var replaced: [String] = []
    /// What stopped it; empty when all went well.
    var problems: [String] = []
  }

  private let manager: ServiceManager
  private let loader: ConfigurationLoader
  private let schema: (Configuration) -> String?
  /// Takes each line as soon as it is true.
  private let say: (String) -> Void

  /// - Parameter schema: what keeps workers from serving with this database, as far as can be told from here.
  static func run(
    json: Bool, loader: ConfigurationLoader, console: Console = .host, manager: ServiceManager = .host,
    schema: @escaping (Configuration) -> String? = ReloadCommand.schemaObstacle
  ) -> Int32 {
    let command = ReloadCommand(manager: manager, loader: loader, schema: schema) { line in
      if !json { console.write(line + "\n") }
    }
    var report = Report()
    do throws(CommandFailure) { try command.reload(&report) } catch {
      report.status = .failed
      report.problems = error.lines
      for line in error.lines { console.writeError("iris-fcgi: \(line)\n") }
    }
    if json { console.writeJSON(report) }
    return report.status == .ok ? ExitCode.fine : ExitCode.failed
  }

  private func reload(_ report: inout Report) throws(CommandFailure) {
    guard try manager.isTargetActive() else {
      throw CommandFailure("\(ServiceManager.target) is not active; systemctl start \(ServiceManager.target)")
    }
    if let configuration = try? loader.load(), let obstacle = schema(configuration) {
      throw CommandFailure(lines: [obstacle, "new workers would not serve; no worker was touched"])
    }
    let serving = Set(try manager.enabled() + manager.active()).filter { $0.name != PoolInstance.scout }.sorted()
    let pools = Set(serving.map(\.pool)).sorted()
    defer { manager.endTrials(of: pools) }
    for pool in pools {
      try manager.tryWorker(of: pool)
      say("\(pool): a new worker can start")
    }
    for worker in serving {
      try replace(worker)
      report.replaced.append(worker.unit)
      say("\(worker.unit): replaced")
    }
  }

  /// systemctl returns when the worker said that it is ready, or ended.
  private func replace(_ worker: PoolInstance) throws(CommandFailure) {
    guard try !manager.does("restart", [worker]) else { return }
    throw CommandFailure(
      "\(worker.unit) did not become ready, those after it were not touched; see journalctl -u \(worker.unit)")
  }

  /// Asks the database, as workers do. One that cannot be reached keeps no worker from starting.
  static func schemaObstacle(_ configuration: Configuration) -> String? {
    let deadline = Clock.monotonicMicroseconds + 3_000_000
    guard let url = configuration.database.url,
      let connection = try? PostgresConnection(
        conninfo: url.exposed, prepares: false, as: configuration.workersUser, deadline: deadline)
    else { return nil }
    do throws(PostgresError) {
      try SchemaVersion.check(connection, deadline: deadline)
      return nil
    } catch {
      guard case .cannotConnect(let words) = error else { return nil }
      return words
    }
  }
}
