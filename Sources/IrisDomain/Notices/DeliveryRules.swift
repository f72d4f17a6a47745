/// When a mail or webhook that did not arrive is tried again.
package enum DeliveryRules {
  /// Who takes a notice has it for so long; then others may, since its taker has probably died. Longer than any attempt.
  package static let leaseSeconds = 60
  /// The longest that one attempt may take.
  package static let attemptMilliseconds: Int64 = 20_000
  /// With less time than this left none is begun.
  package static let shortestAttemptMilliseconds: Int64 = 1_000

  package static let shortestPauseSeconds = 30
  package static let longestPauseSeconds = 3_600
  /// A receiver may ask for patience, within reason.
  private static let longestRetryAfterSeconds = 86_400

  /// Seconds until the next try: 30, doubled with each failure up to an hour, and a fifth more or less, so that what failed
  /// together does not come back together. Longer if the receiver said so.
  /// - Parameters:
  ///   - attempt: how many tries there were, at least 1.
  ///   - retryAfter: what the receiver asks for, in seconds.
  ///   - random: 0 to 1.
  package static func pauseSeconds(afterAttempt attempt: Int, retryAfter: Int? = nil, random: Double) -> Int {
    let doublings = min(max(attempt, 1) - 1, 16)
    let pause = Double(min(shortestPauseSeconds << doublings, longestPauseSeconds))
    let jittered = Int(pause * (0.8 + 0.4 * random))
    return max(jittered, min(retryAfter ?? 0, longestRetryAfterSeconds))
  }
}
