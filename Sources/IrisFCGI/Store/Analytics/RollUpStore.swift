import IrisDomain
import IrisSystem

/// The writing side of the roll-ups.
struct RollUpStore {
  let database: Database
  /// IANA name; decides on which day something happened. Days that were rolled up stay as they are when it changes.
  let timeZone: String

  /// What one step did.
  struct Step: Equatable, Sendable {
    var events = 0
    /// The days that these events were of, as `2026-11-21`.
    var days: Set<String> = []
    var isMore = false
  }

  /// Topics and latency bounds as arrays of SQL: the words by which everything is counted.
  static let words: [String?] = [
    "{" + RollUpRules.topics.joined(separator: ",") + "}",
    "{" + RollUpRules.latencyMilliseconds.map(String.init).joined(separator: ",") + "}",
  ]

  /// Adds about so many of the events that are not rolled up yet; none when another connection is at it.
  ///
  /// It may not be sent twice: the first call may have come to its end, and then the second does more.
  func step(batch: Int = RollUpRules.batch, slackSeconds: Int = RollUpRules.slackSeconds) throws(StoreError) -> Step {
    let result = try database.run(
      "SELECT events, days, more FROM iris.roll_up($1, $2, $3, $4, $5)",
      [timeZone, String(batch), String(slackSeconds)] + RollUpStore.words)
    // An array of dates needs no quotes (manual §8.15.6).
    let days = (result.text(1) ?? "").split { "{,}".contains($0) }.map(String.init)
    return Step(events: result.integer(0) ?? 0, days: Set(days), isMore: result.text(2) == "t")
  }

  /// Whether other connections of the application's role worked with the database in the last tenth of a second: at ten
  /// requests a second one did.
  func isDatabaseShared() throws(StoreError) -> Bool {
    try database.run(
      """
      SELECT count(*) > 0 FROM pg_stat_activity a
       WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
         AND (a.state = 'active' OR a.state_change > clock_timestamp() - interval '100 ms')
      """, repeatable: true
    ).boolean(0) ?? true
  }

  /// Removes what is kept by pseudonym of days so long ago; once a day, else nothing.
  func prune(keepDays: Int, batch: Int = RollUpRules.pruningBatch) throws(StoreError) -> (rows: Int, isMore: Bool) {
    let result = try database.run(
      "SELECT pruned, more FROM iris.prune_roll_ups($1, $2, $3)", [String(keepDays), timeZone, String(batch)],
      repeatable: true)
    return (result.integer(0) ?? 0, result.text(1) == "t")
  }
}
