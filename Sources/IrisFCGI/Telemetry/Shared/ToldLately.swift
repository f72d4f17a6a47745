/// What was told a moment ago, so that it is not told again at once: a client that hammers leaves a few rows, not one for
/// each request. What happens meanwhile is counted, over all workers of the host.
///
/// Nothing is promised beyond that: where there is no slot nothing is told, and two workers that take one slot in the same
/// moment may tell twice.
struct ToldLately: Sendable {
  typealias Identity = SharedSlots.Identity

  /// Identity, the end of the quiet time in seconds since 1970, how often it happened since it was told; half a cache line.
  private static let width = 4
  private static let slots = 8_192
  static let wordCount = width * slots
  /// No quiet time is longer: a day of 25 hours.
  static let longestQuiet: Int64 = 90_000

  private let table: SharedSlots

  init(_ words: SharedWords) { table = SharedSlots(words, width: Self.width) }

  /// Notes that something happened.
  /// - Parameters:
  ///   - quietSeconds: for how long it is not told again; at most `longestQuiet`.
  ///   - now: seconds since 1970.
  /// - Returns: how often it happened since it was told last, this time included, when it is to be told; nil: not now.
  func note(_ identity: Identity, quietSeconds: Int64, now: Int64) -> Int? {
    guard let slot = slot(of: identity, now: now) else { return nil }
    table.word(2, of: slot).increment()
    let end = table.word(1, of: slot)
    let until = end.load()
    let next = UInt64(clamping: now + min(quietSeconds, Self.longestQuiet))
    guard Self.isOver(until, now), end.exchange(expected: until, desired: next) else { return nil }
    return take(table.word(2, of: slot))
  }

  private func slot(of identity: Identity, now: Int64) -> Int? {
    if let known = table.find(identity) { return known }
    guard let slot = table.claim(identity, reusing: { Self.isOver(table.word(1, of: $0).load(), now) }) else {
      return nil
    }
    // The count of whoever had it before.
    table.word(2, of: slot).store(0)
    return slot
  }

  /// A time further off than any quiet time is a leftover of a clock that was set back.
  private static func isOver(_ until: UInt64, _ now: Int64) -> Bool {
    let left = Int64(clamping: until) - now
    return left <= 0 || left > longestQuiet
  }

  /// Sets a count back, and gives it.
  private func take(_ word: SharedWord) -> Int {
    while true {
      let count = word.load()
      if word.exchange(expected: count, desired: 0) { return max(1, Int(clamping: count)) }
    }
  }
}
