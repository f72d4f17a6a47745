/// Stops calls to something that just failed, for a moment that grows with every failure up to a second; then one worker
/// at a time tries. Recovery is so noticed within two seconds, and a dead server holds up one user, not all.
///
/// Times are microseconds of the monotonic clock, which all processes of a host share.
struct Breaker: Sendable {
  static let shortestPause: Int64 = 125_000
  static let longestPause: Int64 = 1_000_000
  static let usualTrialPause: Int64 = 2_200_000
  /// In the word of failures: the last one was silence, so that what was opened before may be as dead.
  private static let silenceMark: UInt64 = 1 << 63
  /// In the same word: something answered, and it is nothing that this program can work with.
  private static let misfitMark: UInt64 = 1 << 62

  /// For so long the one that tries keeps the others out: a little over what its call may take.
  private let trialPause: Int64
  private let openUntil: SharedWord
  private let failures: SharedWord

  init(openUntil: SharedWord, failures: SharedWord, trialPause: Int64 = Breaker.usualTrialPause) {
    self.openUntil = openUntil
    self.failures = failures
    self.trialPause = trialPause
  }

  /// Whether calls are being refused now; asking does not count as a try.
  func isOpen(at now: Int64) -> Bool { failures.load() > 0 && remaining(openUntil.load(), at: now) > 0 }

  /// Whether this worker may call now. After a pause the first to ask is let through, and the others wait for it.
  func permits(at now: Int64) -> Bool {
    guard failures.load() > 0 else { return true }
    let until = openUntil.load()
    guard remaining(until, at: now) <= 0 else { return false }
    return openUntil.exchange(expected: until, desired: UInt64(bitPattern: now + trialPause))
  }

  /// Whether the last call failed.
  var hasFailed: Bool { failures.load() > 0 }

  /// Whether the last call failed because nothing answered.
  var isSilent: Bool { failures.load() & Breaker.silenceMark != 0 }

  /// Whether the last call failed because what answered does not fit this program.
  var isMisfit: Bool { failures.load() & Breaker.misfitMark != 0 }

  func succeeded() {
    if failures.load() > 0 { failures.store(0) }
  }

  /// - Parameters:
  ///   - isSilent: nothing answered, where a refusal would have come at once.
  ///   - isMisfit: what answered does not fit this program.
  func failed(at now: Int64, isSilent: Bool = false, isMisfit: Bool = false) {
    let marks = (isSilent ? Breaker.silenceMark : 0) | (isMisfit ? Breaker.misfitMark : 0)
    var count: UInt64
    var before: UInt64
    repeat {
      before = failures.load()
      count = before & ~(Breaker.silenceMark | Breaker.misfitMark) + 1
    } while !failures.exchange(expected: before, desired: count | marks)
    let pause = min(Breaker.longestPause, Breaker.shortestPause << Int64(min(count, 8) - 1))
    openUntil.store(UInt64(bitPattern: now + pause))
  }

  /// Microseconds until the next try. A time further off than any pause is a leftover of another boot.
  private func remaining(_ until: UInt64, at now: Int64) -> Int64 {
    let left = Int64(bitPattern: until) - now
    return left > max(trialPause, Breaker.longestPause) ? 0 : left
  }
}
