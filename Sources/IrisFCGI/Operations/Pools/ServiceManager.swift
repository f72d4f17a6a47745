import IrisSystem

/// systemd, as far as the pools need it: through systemctl, which is there wherever units are, and says on standard error
/// what it refuses.
struct ServiceManager {
  static let target = "iris.target"
  private static let program = "/usr/bin/systemctl"
  /// sd_booted(3).
  private static let mark = "/run/systemd/system"

  /// Runs systemctl with these words; tests replace it. nil: it cannot be run.
  var systemctl: ([String]) -> Subprocess.Outcome?
  /// Whether systemd runs this host.
  var isThere: () -> Bool

  static var host: ServiceManager {
    ServiceManager(
      systemctl: { Subprocess.run([program, "--no-pager", "--no-ask-password"] + $0) },
      isThere: { FileAccess.host.exists(mark) })
  }

  /// The workers that start with the target, in order: those that are enabled.
  func enabled() throws(CommandFailure) -> [PoolInstance] {
    let wants = try answer(["show", "--property=Wants", "--value", Self.target])
    return wants.split { $0.isWhitespace }.compactMap { PoolInstance(unit: $0) }.sorted()
  }

  /// The workers that serve now, in order.
  func active() throws(CommandFailure) -> [PoolInstance] {
    let patterns = PoolRequest.pools.map { "iris-\($0)@*.service" }
    let lines = try answer(["list-units", "--plain", "--no-legend", "--full", "--state=active"] + patterns)
    return lines.split(separator: "\n").compactMap { line in
      line.split(separator: " ").first.flatMap { PoolInstance(unit: $0) }
    }.sorted()
  }

  /// Whether Iris is meant to run.
  func isTargetActive() throws(CommandFailure) -> Bool {
    try answer(["show", "--property=ActiveState", "--value", Self.target]).singleWord == "active"
  }

  /// Does something to units, all at once, and waits for its end.
  /// - Parameter verb: `start`, `stop`, `restart`, `enable`, `disable`.
  /// - Returns: false when it failed for one of them; systemctl said why.
  func does(_ verb: String, _ instances: [PoolInstance]) throws(CommandFailure) -> Bool {
    guard !instances.isEmpty else { return true }
    let isAboutFiles = ["enable", "disable"].contains(verb)
    return try run([verb] + (isAboutFiles ? ["--quiet"] : []) + instances.map(\.unit)).code == 0
  }

  /// Tries whether a worker that starts now can serve, without touching one that does: starts one more, from the pool's own
  /// unit, with its rights, credentials and drop-ins. Whoever calls ends it; it serves meanwhile.
  func tryWorker(of pool: String) throws(CommandFailure) {
    let scout = PoolInstance(pool: pool, name: PoolInstance.scout)
    guard try !does("restart", [scout]) else { return }
    // What it said before it ended; systemd forgets that when it starts it again, and hears it again at once.
    let status = try answer(["show", "--property=StatusText", "--value", scout.unit]).split { $0.isNewline }
    throw CommandFailure(
      lines: status.map { "a new \(pool) worker \($0)" }
        + ["\(scout.unit) did not become ready, no worker that serves was touched; see journalctl -u \(scout.unit)"])
  }

  /// Ends those that were started to try.
  func endTrials(of pools: [String]) {
    _ = try? does("stop", pools.map { PoolInstance(pool: $0, name: PoolInstance.scout) })
  }

  private func answer(_ words: [String]) throws(CommandFailure) -> String {
    let outcome = try run(words)
    guard outcome.code == 0 else { throw CommandFailure("systemctl \(words.first ?? "") ended with \(outcome.code)") }
    return outcome.output
  }

  private func run(_ words: [String]) throws(CommandFailure) -> Subprocess.Outcome {
    guard isThere() else {
      throw CommandFailure("systemd does not run this host; this command is for its units")
    }
    guard let outcome = systemctl(words) else { throw CommandFailure("\(Self.program) cannot be run") }
    return outcome
  }
}

extension String {
  /// Without white space around it.
  fileprivate var singleWord: Substring { split { $0.isWhitespace }.first ?? "" }
}
