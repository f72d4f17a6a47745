import IrisSystem

/// A new size for a pool.
struct PoolRequest: Equatable, Sendable {
  /// Those that the units have.
  static let pools = ["api", "auth", "chat"]
  static let sizes = 1...512

  let pool: String
  let size: Int
}

/// `iris-fcgi pool`: how many workers each pool has. A pool is as large as many instances of its unit are enabled, so its
/// size outlives a restart of the host, and `systemctl` shows and changes the same.
struct PoolCommand {
  /// What is printed of a pool.
  struct Line: Encodable, Equatable {
    let pool: String
    /// Workers that are enabled.
    let size: Int
    /// Workers that serve now.
    let active: Int
  }

  let manager: ServiceManager

  static func run(
    _ request: PoolRequest?, json: Bool, console: Console = .host, manager: ServiceManager = .host
  ) -> Int32 {
    let command = PoolCommand(manager: manager)
    do throws(CommandFailure) {
      if let request { try command.resize(request) }
      let lines = try command.lines()
      if json { console.writeJSON(lines) } else { console.write(table(lines, styled: console.isStyled)) }
      return ExitCode.fine
    } catch {
      for line in error.lines { console.writeError("iris-fcgi: \(line)\n") }
      return error.code
    }
  }

  private func lines() throws(CommandFailure) -> [Line] {
    let (enabled, active) = (try manager.enabled(), try manager.active())
    return PoolRequest.pools.map { pool in
      Line(pool: pool, size: enabled.count { $0.pool == pool }, active: active.count { $0.pool == pool })
    }
  }

  /// Instances 1 to `size` are enabled and run, those with other numbers neither: they finish the request that they have.
  private func resize(_ request: PoolRequest) throws(CommandFailure) {
    let wanted = Set((1...request.size).map { PoolInstance(request.pool, $0) })
    let present = Set(try manager.enabled().filter { $0.pool == request.pool && $0.number != nil })
    let running = Set(try manager.active().filter { $0.pool == request.pool && $0.number != nil })
    let isUp = try manager.isTargetActive()
    let missing = isUp ? wanted.subtracting(running).sorted() : []
    if !missing.isEmpty {
      defer { manager.endTrials(of: [request.pool]) }
      try manager.tryWorker(of: request.pool)
    }
    try change("enable", wanted.subtracting(present))
    try change("disable", present.subtracting(wanted))
    guard try manager.does("start", missing) else { throw try failure(of: missing) }
    try change("stop", running.subtracting(wanted))
  }

  private func change(_ verb: String, _ instances: Set<PoolInstance>) throws(CommandFailure) {
    guard try manager.does(verb, instances.sorted()) else {
      throw CommandFailure("systemctl could not \(verb) them; root may")
    }
  }

  private func failure(of started: [PoolInstance]) throws(CommandFailure) -> CommandFailure {
    let serving = Set(try manager.active())
    let silent = started.filter { !serving.contains($0) }.map(\.unit)
    return CommandFailure(
      "not ready, and tried again and again: \(silent.joined(separator: " ")); see journalctl -u \(silent.first ?? "")")
  }

  private static func table(_ lines: [Line], styled: Bool) -> String {
    var table = OutputTable(heading: ["POOL", "SIZE", "ACTIVE"])
    for line in lines { table.add([line.pool, String(line.size), String(line.active)]) }
    return table.rendered(styled: styled)
  }
}
