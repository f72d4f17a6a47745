/// Where a user stands after a request, as the database counted it.
package struct QuotaState: Equatable, Sendable {
  package var dayLimit: Int?
  /// Charged today.
  package var dayUsed: Int
  /// Let through today and not yet settled, this request included.
  package var dayReserved: Int
  package var minuteLimit: Int?
  /// Let through in the last 60 seconds, this request included.
  package var minuteUsed: Int
  /// Seconds until the oldest of those no longer counts.
  package var minuteResetSeconds: Int
  /// Seconds until midnight in the configured time zone.
  package var dayResetSeconds: Int
  /// That midnight, RFC 3339.
  package var resetsAt: String

  package init(
    dayLimit: Int?, dayUsed: Int, dayReserved: Int, minuteLimit: Int?, minuteUsed: Int, minuteResetSeconds: Int,
    dayResetSeconds: Int, resetsAt: String
  ) {
    self.dayLimit = dayLimit
    self.dayUsed = dayUsed
    self.dayReserved = dayReserved
    self.minuteLimit = minuteLimit
    self.minuteUsed = minuteUsed
    self.minuteResetSeconds = minuteResetSeconds
    self.dayResetSeconds = dayResetSeconds
    self.resetsAt = resetsAt
  }

  /// Messages that still pass today; what is being answered counts as used.
  package var dayRemaining: Int? { dayLimit.map { max(0, $0 - dayUsed - dayReserved) } }

  package var minuteRemaining: Int? { minuteLimit.map { max(0, $0 - minuteUsed) } }
}
