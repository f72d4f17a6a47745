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
    try groupErrors(&counts, until: end)
    let days = services.configuration.retention
    try dropMonths(of: "iris_messages", days: days.messageDays, archive: nil, &counts, &report)
    try dropMonths(of: "iris_events", days: days.eventDays, archive: archive, &counts, &report)
    try dropMonths(of: "iris_errors", days: days.errorDays, archive: archive, &counts, &report)
    try purgePast(&counts, until: end)
  }

  private func groupErrors(_ counts: inout [String: Int], until end: Int64) throws(StoreError) {
    var step: Int
    repeat {
      step = try RetentionStore(database: patientDatabase).groupErrors(batch: RetentionRules.groupingBatch)
      counts["errors grouped", default: 0] += step
    } while step > 0 && Clock.monotonicMicroseconds < end
  }

  /// In bounded batches, until nothing is left or the time is over.
  private func purgePast(_ counts: inout [String: Int], until end: Int64) throws(StoreError) {
    let days = services.configuration.retention
    let keep = RetentionRules.keepSeconds(
      eventDays: days.eventDays, messageDays: days.messageDays, errorDays: days.errorDays)
    var step: [String: Int]
    repeat {
      step = try RetentionStore(database: patientDatabase).purge(keep: keep, batch: KeepingTimes.batch)
      counts.merge(step, uniquingKeysWith: +)
    } while step.values.contains { $0 >= KeepingTimes.batch } && Clock.monotonicMicroseconds < end
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
