import IrisDomain
import Testing

/// What is told, and what is withheld.
struct PublicMetricsTests {
  private typealias Figure = PublicFigures.Figure

  @Test(arguments: [(4, nil), (5, 12), (0, nil), (6, 12)] as [(Int, Int?)])
  func `a day is told over five users`(users: Int, expected: Int?) {
    var figures = PublicFigures()
    figures.days = [("2026-11-21", Figure(count: 12, users: users))]
    let days = PublicMetrics(figures).dailyRequests
    #expect(days.map(\.date) == ["2026-11-21"] && days.map(\.requests) == [expected])
  }

  @Test(arguments: [4, 5])
  func `so is every other figure`(users: Int) {
    var figures = PublicFigures()
    figures.responseTime = Figure(count: 4, total: 5_250, users: users)
    figures.satisfaction = Figure(count: 8, total: 34, users: users)
    figures.conversion = Figure(count: 1, users: users)
    for days in [1, 7, 30] { figures.retention[days] = Figure(count: 2, users: users) }
    let metrics = PublicMetrics(figures)
    let isTold = users == 5
    #expect(metrics.averageResponseMilliseconds == (isTold ? 1_313 : nil))
    #expect(metrics.satisfactionScore == (isTold ? 4.3 : nil))
    #expect(metrics.tierConversion == (isTold ? 0.2 : nil))
    #expect(metrics.retention.d1 == (isTold ? 0.4 : nil) && metrics.retention.d7 == (isTold ? 0.4 : nil))
    #expect(metrics.retention.d30 == (isTold ? 0.4 : nil))
  }

  @Test func `over nobody there is nothing to tell`() {
    let metrics = PublicMetrics(PublicFigures())
    #expect(metrics.averageResponseMilliseconds == nil && metrics.satisfactionScore == nil)
    #expect(metrics.retention == (nil, nil, nil) && metrics.tierConversion == nil)
    #expect(metrics.topicPopularity.map(\.topic) == Topic.allCases)
    #expect(metrics.topicPopularity.allSatisfy { $0.share == nil })
    // Users who were counted, and no answer that was.
    var figures = PublicFigures()
    figures.responseTime = Figure(count: 0, total: 0, users: 9)
    #expect(PublicMetrics(figures).averageResponseMilliseconds == nil)
  }

  /// Messages and users by topic, and the shares.
  private static let topics: [(name: String, counts: [Topic: (Int, Int)], shares: [String])] = [
    ("all are told", [.cv: (6, 5), .lettre: (2, 6)], ["cv 0.75", "lettre 0.25"]),
    ("equal shares stand in the list's order", [.entretien: (1, 5), .cv: (1, 5)], ["cv 0.5", "entretien 0.5"]),
    ("with a small one goes the next", [.cv: (6, 7), .lettre: (2, 6), .autre: (2, 4)], ["cv 0.6"]),
    ("the next is that of the fewest users", [.cv: (1, 7), .lettre: (8, 5), .autre: (1, 1)], ["cv 0.1"]),
    ("among those the one of fewest messages", [.cv: (2, 5), .lettre: (6, 5), .autre: (2, 1)], ["lettre 0.6"]),
    ("several small ones", [.cv: (4, 9), .lettre: (2, 8), .autre: (1, 1), .strategie: (1, 4)], ["cv 0.5"]),
    ("one told alone would tell the rest", [.cv: (6, 5), .autre: (1, 1)], []),
    ("only small ones", [.cv: (6, 4), .autre: (1, 1)], []),
    ("one alone is all", [.cv: (6, 5)], ["cv 1.0"]),
    ("no messages, nothing to withhold", [.cv: (6, 5), .lettre: (0, 0)], ["cv 1.0"]),
  ]

  @Test func `shares of topics, with what would give others away withheld`() {
    for (name, counts, shares) in Self.topics {
      var figures = PublicFigures()
      figures.topics = counts.mapValues { Figure(count: $0.0, users: $0.1) }
      let found = PublicMetrics(figures).topicPopularity
      #expect(found.compactMap { entry in entry.share.map { "\(entry.topic.rawValue) \($0)" } } == shares, "\(name)")
      #expect(Set(found.map(\.topic)).count == Topic.allCases.count, "\(name)")
    }
  }
}
