/// When the present day ends in `IRIS_TIMEZONE`. Only PostgreSQL knows time zones, so it is what the database last said.
///
/// From then on a day is taken to have 25 hours, the longest there is, until the database says better: a day that is too
/// long gives nobody more than the tier, one that is too short would.
struct LocalDayEnd: Sendable {
  private static let longestDay: Int64 = 25 * 3_600

  /// Seconds since 1970; 0 before anything is known.
  private let word: SharedWord

  init(_ word: SharedWord) { self.word = word }

  /// - Parameter now: seconds since 1970, here and below.
  func current(now: Int64) -> Int64 {
    let known = Int64(bitPattern: word.load())
    if known > now { return known }
    if known > 0 { return known + ((now - known) / Self.longestDay + 1) * Self.longestDay }
    // From here on all workers of the host mean the same day.
    let assumed = (now + Self.longestDay) / LocalDay.quarter * LocalDay.quarter
    return word.exchange(expected: 0, desired: UInt64(assumed)) ? assumed : Int64(bitPattern: word.load())
  }

  /// Takes over what the database said, unless it is the past already; an earlier end corrects an assumed one.
  func learn(_ end: Int64, now: Int64) {
    let word = word.load()
    let known = Int64(bitPattern: word)
    guard end > now, known <= now || end < known else { return }
    _ = self.word.exchange(expected: word, desired: UInt64(end))
  }
}
