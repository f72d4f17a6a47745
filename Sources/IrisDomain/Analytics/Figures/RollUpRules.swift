/// The numbers by which events are rolled up and read.
package enum RollUpRules {
  /// Upper bounds of the latency histogram, in milliseconds; what is slower than the last counts beyond it.
  package static let latencyMilliseconds = [250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000, 30_000]
  /// The topics that are counted by name.
  package static let topics = Topic.allCases.map(\.rawValue)
  /// Events in one transaction: a fraction of a second, so that nothing is lost when one is broken off, and a call's
  /// deadline is far.
  package static let batch = 20_000
  /// Rows by pseudonym removed in one transaction.
  package static let pruningBatch = 50_000
  /// Clocks may be set back by so much without an event being missed.
  package static let slackSeconds = 10
  /// How long to rest after a step, for each second that it took: long where somebody else works with the database, so that
  /// who waits for an answer has most of the machine, and hardly at all where nobody does.
  package static func restPerWork(isShared: Bool) -> Double { isShared ? 5 : 0.1 }
  /// Events that are not rolled up yet and that an answer adds by itself, at most: what a busy minute brings. For one user
  /// there may be more, since they are only looked through.
  package static let publicTail = 2_000
  package static let userTail = 20_000
}
