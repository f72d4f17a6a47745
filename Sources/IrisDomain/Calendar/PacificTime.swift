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
    let date = floorDivision(time - lag(at: time), day)
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
    let year = year(ofDay: floorDivision(time - 8 * hour, day))
    let begin = firstSunday(ofMonth: 3, year) + 7
    let end = firstSunday(ofMonth: 11, year)
    return time >= begin * day + 10 * hour && time < end * day + 9 * hour
  }

  /// Days since 1970-01-01, which was a Thursday.
  private static func firstSunday(ofMonth month: Int64, _ year: Int64) -> Int64 {
    let first = daysSince1970(year, month, 1)
    return first + floorRemainder(3 - first, 7)
  }

  /// The proleptic Gregorian calendar with years that begin in March, so that the leap day comes last
  /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`).
  static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let leapDays = floorDivision(marchYear, 4) - floorDivision(marchYear, 100) + floorDivision(marchYear, 400)
    return 365 * marchYear + leapDays + dayOfYear - 719_468
  }

  /// The year that holds a day: an estimate by the mean year, mended by one where it missed.
  private static func year(ofDay number: Int64) -> Int64 {
    let estimate = 1970 + floorDivision(number * 400, 146_097)
    if number < daysSince1970(estimate, 1, 1) { return estimate - 1 }
    return number >= daysSince1970(estimate + 1, 1, 1) ? estimate + 1 : estimate
  }

  private static func floorDivision(_ dividend: Int64, _ divisor: Int64) -> Int64 {
    dividend >= 0 ? dividend / divisor : -((-dividend + divisor - 1) / divisor)
  }

  private static func floorRemainder(_ dividend: Int64, _ divisor: Int64) -> Int64 {
    dividend - floorDivision(dividend, divisor) * divisor
  }
}
