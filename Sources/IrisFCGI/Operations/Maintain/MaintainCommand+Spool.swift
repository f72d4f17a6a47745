import IrisDomain

extension MaintainCommand {
  /// Brings what this host spooled to the database, in case no worker has the time or lives.
  /// - Returns: what was done, in words with their counts.
  func replaySpool() -> [(String, Int)] {
    services.spool.discardDamaged(olderThan: KeepingTimes.damagedSpoolSeconds)
    guard services.spool.look() || services.spool.losses.isUntold else { return [] }
    let report = services.replaySpool(until: MaintainCommand.stepEnd)
    return [
      ("replayed", report.replayed), ("known", report.known), ("dropped", report.dropped),
      ("damaged", report.damaged), ("postponed", report.postponed),
    ]
  }
}
