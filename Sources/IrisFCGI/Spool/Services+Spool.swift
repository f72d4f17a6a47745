import IrisSystem

/// When the spool is brought to the database.
extension Services {
  /// How long a worker that nobody waits for works at it before it looks after itself, in microseconds.
  private static let sliceMicroseconds: Int64 = 2_000_000
  /// Before a worker tries again: another process is at it, or the database is still away.
  private static let pauseMicroseconds: Int64 = 500_000
  /// Before it tries again what PostgreSQL refused for now, or a folder that cannot be used.
  private static let longPauseMicroseconds: Int64 = 30_000_000

  /// Brings what waits to the database, until `deadline` (microseconds of the monotonic clock) at the latest.
  @discardableResult
  func replaySpool(until deadline: Int64, while goesOn: @escaping () -> Bool = { true }) -> SpoolReplay.Report {
    let report = SpoolReplay(
      folder: spool.folder, store: SpoolStore(database: database), chats: chats, pseudonyms: pseudonyms,
      losses: spool.losses, scoreboard: scoreboard, log: log, deadline: deadline,
      goesOn: goesOn
    ).run()
    spool.look()
    return report
  }

  /// What a worker does for the spool between requests: nothing, not even a system call, while there is nothing to do.
  /// - Parameter isBusy: whether a request waits for this worker.
  func tendSpool(isBusy: @escaping () -> Bool) {
    let now = Clock.monotonicMicroseconds
    guard spool.hasNews, now >= spool.restsUntil, !isBusy() else { return }
    guard spool.look() || spool.losses.isUntold, !scoreboard.databaseBreaker.isOpen(at: now) else {
      spool.restsUntil = now + Services.pauseMicroseconds
      return
    }
    let report = replaySpool(until: now + Services.sliceMicroseconds) { !isBusy() }
    switch report.end {
    case .complete where report.postponed == 0, .interrupted: spool.restsUntil = 0
    case .busy, .noDatabase: spool.restsUntil = Clock.monotonicMicroseconds + Services.pauseMicroseconds
    case .complete, .noFolder: spool.restsUntil = Clock.monotonicMicroseconds + Services.longPauseMicroseconds
    }
  }

  /// Milliseconds after which an idle worker should come back to the spool; nil: it has nothing to do for it.
  var spoolWaitMilliseconds: Int? {
    guard spool.hasNews else { return nil }
    return Int(max(1, (spool.restsUntil - Clock.monotonicMicroseconds) / 1_000))
  }
}
