import IrisDomain
import Testing

struct CalendarDateTests {
  @Test(arguments: [
    "2027-01-31", "2028-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "2026-04-30", "2026-02-28",
  ])
  func `a day of the calendar`(text: String) { #expect(CalendarDate(text)?.text == text) }

  @Test(arguments: [
    "", "2027-02-29", "2100-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "2026-01-32",
    "0000-01-01", "2026-1-01", "2026-01-1", "20260101", "2026-01-01 ", " 2026-01-01", "2026-01-01T00:00:00Z",
    "2026/01/01", "+026-01-01", "-026-01-01", "12026-01-01", "2026-01--1", "２０２６-01-01", "infinity", "2026-01-01-",
  ])
  func `what is none`(text: String) { #expect(CalendarDate(text) == nil) }
}
