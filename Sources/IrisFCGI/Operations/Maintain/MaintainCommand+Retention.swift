import IrisDomain
import IrisSystem

extension MaintainCommand {
  /// SQLSTATE of a lock that was not to be had in time (lock_not_available).
  private static let lockTimeout = "55P03"

  /// Counts errors by what failed, drops the months that `IRIS_RETENTION_DAYS` lets go, then what else its days end, row by
  /// row. With an archive the months of events and errors are written there first; conversations never are.
  func retain(_ report: inout MaintainReport) {
    var counts: [String: Int] = [:]
    do throws(StoreError) {
      try retain(&counts, &report)
    } catch {
      report.failures.append("retention: \(patientDatabase.lastFailure ?? "no reason is known")")
    }
    report.add("retention", counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  private func retain(_ counts: inout [String: Int], _ report: inout MaintainReport) throws(StoreError) {
    let end = MaintainCommand.stepEnd
    let store = RetentionStore(database: patientDatabase)
    try inBatches(until: end) { () throws(StoreError) in
      let grouped = try store.groupErrors(batch: RetentionRules.groupingBatch)
      counts["errors grouped", default: 0] += grouped
      return grouped > 0
    }
    let days = services.configuration.retention
    try dropMonths(of: "iris_messages", days: days.messageDays, archive: nil, &counts, &report)
    try dropMonths(of: "iris_events", days: days.eventDays, archive: archive, &counts, &report)
    try dropMonths(of: "iris_errors", days: days.errorDays, archive: archive, &counts, &report)
    let keep = RetentionRules.keepSeconds(
      eventDays: days.eventDays, messageDays: days.messageDays, errorDays: days.errorDays)
    try inBatches(until: end) { () throws(StoreError) in
      let purged = try store.purge(keep: keep, batch: KeepingTimes.batch)
      counts.merge(purged, uniquingKeysWith: +)
      return purged.values.contains { $0 >= KeepingTimes.batch }
    }
  }

  /// A month whose lock was not to be had goes another time, before anybody has waited for long; one whose archive failed
  /// stays, with a line for the operator.
  private func dropMonths(
    of table: String, days: Int, archive: MonthArchive?, _ counts: inout [String: Int], _ report: inout MaintainReport
  ) throws(StoreError) {
    let store = RetentionStore(database: patientDatabase)
    do throws(StoreError) {
      while let month = try store.detachMonth(of: table, days: days) {
        var rows: Int?
        if let archive {
          do throws(ArchiveError) {
            rows = try archive.write(month, renewing: renewLease)
            counts["rows archived", default: 0] += rows ?? 0
          } catch {
            report.failures.append("retention: \(month) is not archived and stays: \(error)")
            return
          }
        }
        guard try store.dropMonth(month, rows: rows) else {
          report.failures.append("retention: \(month) has other rows than its archive and stays")
          return
        }
        counts["months dropped", default: 0] += 1
      }
    } catch {
      guard error == .refused(sqlState: Self.lockTimeout) else { throw error }
      counts["months postponed", default: 0] += 1
    }
  }
}
