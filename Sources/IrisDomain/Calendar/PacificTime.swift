/// The day of Google's quotas: their requests per day come back at midnight in California
/// (https://ai.google.dev/gemini-api/docs/rate-limits).
///
/// The rule is written out, POSIX `PST8PDT,M3.2.0,M11.1.0`, as it has been since 2007 (Energy Policy Act of 2005): the
/// static binary has no time zones, and libc's are a setting of the whole process. All times are Unix milliseconds.
package enum PacificTime {
  private static let hour: Int64 = 3_600_000
  private static let day: Int64 = 24 * hour

  /// The first midnight there that is later than `time`; 25 hours later at most.
  package static func nextMidnight(after time: Int64) -> Int64 {
    let date = CivilDays.floorDivide(time - lag(at: time), day).quotient
    // Clocks change at 2:00, so the midnight is one of the season an hour before it.
    let midnight = (date + 1) * day + 7 * hour
    return midnight + (isSummer(midnight) ? 0 : hour)
  }

  /// What the local clock is behind UTC.
  private static func lag(at time: Int64) -> Int64 {
    isSummer(time) ? 7 * hour : 8 * hour
  }

  /// From the second Sunday of March, 2:00 PST, to the first Sunday of November, 2:00 PDT.
  private static func isSummer(_ time: Int64) -> Bool {
    let year = CivilDays.date(ofDay: CivilDays.floorDivide(time - 8 * hour, day).quotient).year
    let begin = firstSunday(ofMonth: 3, year) + 7
    let end = firstSunday(ofMonth: 11, year)
    return time >= begin * day + 10 * hour && time < end * day + 9 * hour
  }

  /// Days since 1970-01-01, which was a Thursday.
  private static func firstSunday(ofMonth month: Int64, _ year: Int64) -> Int64 {
    let first = CivilDays.count(year: year, month: month, day: 1)
    return first + CivilDays.floorDivide(3 - first, 7).remainder
  }
}
