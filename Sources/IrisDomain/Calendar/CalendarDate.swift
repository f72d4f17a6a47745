/// A day of the calendar, as ISO 8601 writes it: `2027-01-31`. In which time zone it begins is not its business.
package struct CalendarDate: Equatable, Sendable {
  package let text: String

  /// - Returns: nil for anything but four, two and two digits that name a day of the Gregorian calendar from the year 1 on.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2] else { return nil }
    let numbers = parts.compactMap(CalendarDate.number)
    guard numbers.count == 3, numbers[0] >= 1, (1...12).contains(numbers[1]) else { return nil }
    guard (1...CalendarDate.days(ofMonth: numbers[1], year: numbers[0])).contains(numbers[2]) else { return nil }
    self.text = text
  }

  /// Digits only: `Int` would take a sign, too.
  private static func number(_ digits: Substring.UTF8View) -> Int? {
    var number = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number
  }

  private static func days(ofMonth month: Int, year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }
}
