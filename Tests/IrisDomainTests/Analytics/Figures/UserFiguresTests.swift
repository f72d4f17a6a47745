import IrisDomain
import Testing

struct UserFiguresTests {
  @Test func `averages are over answers, not over days`() {
    var figures = UserFigures()
    figures.days = [
      UserFigures.Day(date: "2026-11-20", messages: 3, timed: 3, milliseconds: 3_000),
      UserFigures.Day(date: "2026-11-21", messages: 2, timed: 1, milliseconds: 2_000),
      UserFigures.Day(date: "2026-11-22", messages: 0, timed: 0, milliseconds: 0),
    ]
    #expect(figures.messages == 5 && figures.averageMilliseconds == 1_250)
    #expect(figures.days.map(\.averageMilliseconds) == [1_000, 2_000, nil])
  }

  @Test func `topics go by their messages, then by name`() {
    var figures = UserFigures()
    figures.topics = [(.lettre, 2), (.cv, 2), (.autre, 0), (.strategie, 5)]
    #expect(figures.rankedTopics.map(\.topic) == [.strategie, .cv, .lettre])
  }

  @Test func `who did nothing has no averages`() {
    let figures = UserFigures()
    #expect(figures.averageMilliseconds == nil && figures.averageRating == nil && figures.messages == 0)
  }

  @Test func `ratings have two decimals`() {
    var figures = UserFigures()
    (figures.ratings, figures.ratingSum) = (3, 13)
    #expect(figures.averageRating == 4.33)
  }
}
