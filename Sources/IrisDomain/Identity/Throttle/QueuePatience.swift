/// Tells a burst from a flood by how long requests waited for a worker, after CoDel (RFC 8289): a queue that empties by itself
/// is let be, one that stays long is cut short. Strangers who come up too late are sent away unhashed, so that the queue drains
/// at the speed of the database, and who is known finds a place in it.
package struct QueuePatience: Sendable {
  /// Milliseconds of waiting that are no sign of a crowd. At 2,000 requests a second that is 400 in the queue; it holds 1,024.
  package static let calmMilliseconds = 200
  /// A crowd may last so long: fifty people who log in at once are hashed in less, on a busy machine too. A flood of 500 a
  /// second has by then not filled the queue.
  package static let burstMilliseconds: Int64 = 1_500
  /// Nobody unknown waits for longer, burst or not.
  package static let longestMilliseconds = 2_000

  /// For so long after a flood the next crowd is taken for more of it: or each lull would let it fill the queue again.
  package static let waryMilliseconds: Int64 = 10_000

  /// Since when every request had waited; nil: the last one had not.
  private var crowdedSince: Int64?
  private var lastSeen: Int64 = 0
  private var waryUntil: Int64 = 0

  package init() {}

  /// Notes a request that has come up, and says whether it waited too long.
  /// - Parameters:
  ///   - waited: milliseconds in the queue.
  ///   - now: milliseconds of a monotonic clock.
  package mutating func isTooLate(waited: Int, now: Int64) -> Bool {
    // Who has not looked for so long knows nothing of the time between.
    if now - lastSeen > QueuePatience.burstMilliseconds { crowdedSince = nil }
    lastSeen = now
    guard waited >= QueuePatience.calmMilliseconds else {
      crowdedSince = nil
      return false
    }
    let since = crowdedSince ?? now
    crowdedSince = since
    let isBurst = now - since < QueuePatience.burstMilliseconds && waited <= QueuePatience.longestMilliseconds
    guard now < waryUntil || !isBurst else { return false }
    waryUntil = now + QueuePatience.waryMilliseconds
    return true
  }
}
