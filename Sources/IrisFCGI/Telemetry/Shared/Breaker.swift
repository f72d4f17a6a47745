/// Stops calls to something that just failed, for a moment that grows with every failure up to two seconds; then one
/// worker at a time tries. Recovery is so noticed within two seconds, and a dead server holds up one user, not all.
///
/// Times are microseconds of the monotonic clock, which all processes of a host share.
struct Breaker: Sendable {
  static let shortestPause: Int64 = 125_000
  static let longestPause: Int64 = 2_000_000
  /// For so long the one that tries keeps the others out: a little over what its call may take.
  static let trialPause: Int64 = 2_200_000

  private let openUntil: SharedWord
  private let failures: SharedWord

  init(openUntil: SharedWord, failures: SharedWord) {
    self.openUntil = openUntil
    self.failures = failures
  }

  /// Whether calls are being refused now; asking does not count as a try.
  func isOpen(at now: Int64) -> Bool { failures.load() > 0 && remaining(at: now) > 0 }

  /// Whether this worker may call now. After a pause the first to ask is let through, and the others wait for it.
  func permits(at now: Int64) -> Bool {
    guard failures.load() > 0 else { return true }
    guard remaining(at: now) <= 0 else { return false }
    return openUntil.exchange(expected: openUntil.load(), desired: UInt64(bitPattern: now + Breaker.trialPause))
  }

  /// Whether the last call failed.
  var hasFailed: Bool { failures.load() > 0 }

  func succeeded() {
    if failures.load() > 0 { failures.store(0) }
  }

  func failed(at now: Int64) {
    let count = failures.increment()
    let pause = min(Breaker.longestPause, Breaker.shortestPause << Int64(min(count, 8) - 1))
    openUntil.store(UInt64(bitPattern: now + pause))
  }

  /// Microseconds until the next try. A time further off than any pause is a leftover of another boot.
  private func remaining(at now: Int64) -> Int64 {
    let left = Int64(bitPattern: openUntil.load()) - now
    return left > Breaker.trialPause ? 0 : left
  }
}
