/// How a shared word says which day it is about: its lowest 16 bits are the day's end, in quarters of an hour since 1970,
/// modulo 2^16 (no time zone of today has a finer offset).
enum LocalDay {
  static let quarter: Int64 = 900

  /// The end of the day that a word's lowest 16 bits tell: the moment next to now that they fit.
  /// - Parameter now: seconds since 1970, here and below.
  static func end(in word: UInt64, now: Int64) -> Int64 {
    let present = now / quarter
    let distance = Int16(truncatingIfNeeded: Int64(word & 0xFFFF) - present)
    return (present + Int64(distance)) * quarter
  }

  /// The end in the form of the lowest 16 bits, rounded up: never too early.
  static func mark(_ end: Int64) -> UInt64 { UInt64((end + quarter - 1) / quarter) & 0xFFFF }

  /// `count` bits of a word from `start` on.
  static func bits(_ word: UInt64, _ start: UInt64, _ count: UInt64) -> Int { Int(word >> start & (1 << count - 1)) }
}

/// What one 64-bit word holds of a user's day: it changes as a whole or not at all, so a worker that is killed at any moment
/// leaves no half of a change behind.
protocol LocalDayWord {
  /// Reads a word; what is over is not there any more.
  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - end: of the present day; it is taken where the word's day is over, or ends later.
  init(_ word: UInt64, now: Int64, end: Int64)

  var word: UInt64 { get }
}
