/// When a worker may ask for the other issuer's keys, so that neither a flood of tokens nor a server that is down makes the
/// workers of a host ask without end. Times are microseconds of the monotonic clock.
struct KeyFetchPermit: Sendable {
  /// While keys are at hand, one worker of the host fetches in so long.
  static let pause: Int64 = 30_000_000

  /// Whether the last fetch failed, and who may try while there are no keys at all.
  let breaker: Breaker
  private let next: SharedWord

  init(breaker: Breaker, next: SharedWord) {
    self.breaker = breaker
    self.next = next
  }

  /// Whether this worker may fetch although keys are at hand: they are old, or a token names one that is not among them.
  func claim(at now: Int64) -> Bool {
    let until = next.load()
    let left = Int64(bitPattern: until) - now
    // A time further off than the pause is a leftover of another boot.
    guard left <= 0 || left > KeyFetchPermit.pause else { return false }
    return next.exchange(expected: until, desired: UInt64(bitPattern: now + KeyFetchPermit.pause))
  }
}
