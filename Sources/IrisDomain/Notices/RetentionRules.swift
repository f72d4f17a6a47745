/// How long rows are kept that no moment of their own ends: most by what the operator says, in days, the rest here.
package enum RetentionRules {
  private static let day = 86_400

  /// Errors are counted into their groups so many seconds after they were written: longer than a call that writes one lasts.
  package static let lagSeconds = 30
  /// Errors that are counted in one step.
  package static let groupingBatch = 50_000

  /// Seconds by kind, as `iris.purge_past` and `iris.purge_records` have them.
  package static func keepSeconds(eventDays: Int, messageDays: Int, errorDays: Int) -> [String: Int] {
    [
      "messages": messageDays * day,
      "events": eventDays * day,
      "errors": errorDays * day,
      // For as long as an answer may lie in the spool of a host that is away: the mark keeps it from coming back.
      "deleted_conversations": 30 * day,
      // Counters of days, as events tell of days.
      "user_daily_usage": eventDays * day,
      "daily_spend": eventDays * day,
      "alerts": eventDays * day,
      "resolved_alerts": errorDays * day,
      // A limit looks back a minute.
      "user_minute_usage": day,
    ]
  }
}
