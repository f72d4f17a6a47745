import IrisDomain
import IrisSystem

extension MaintainCommand {
  /// Brings the roll-ups up to date, in steps with rests between them, until nothing is left or the time is over; the next
  /// run goes on from there.
  /// - Returns: what was done, in words with their counts.
  func rollUp() throws(StoreError) -> [(String, Int)] {
    let store = RollUpStore(database: patientDatabase, timeZone: services.configuration.timeZone)
    let end = MaintainCommand.stepEnd
    var (events, days, pruned) = (0, Set<String>(), 0)
    try rested(store, until: end) { () throws(StoreError) in
      let step = try store.step()
      events += step.events
      days.formUnion(step.days)
      return step.isMore
    }
    try rested(store, until: end) { () throws(StoreError) in
      let step = try store.prune(keepDays: services.configuration.retention.eventDays)
      pruned += step.rows
      return step.isMore
    }
    return [("events", events), ("days", days.count), ("old rows", pruned)]
  }

  /// Does steps until one says that it was the last, each followed by a rest.
  private func rested(
    _ store: RollUpStore, until end: Int64, _ step: () throws(StoreError) -> Bool
  ) throws(StoreError) {
    while true {
      let start = Clock.monotonicMicroseconds
      guard try step(), Clock.monotonicMicroseconds < end else { return }
      let spent = Clock.monotonicMicroseconds - start
      let rest = RollUpRules.restPerWork(isShared: try store.isDatabaseShared())
      Clock.sleep(microseconds: Int64(Double(spent) * rest))
    }
  }
}
