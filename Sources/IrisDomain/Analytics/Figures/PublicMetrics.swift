/// What is counted for the public, before anything is withheld or rounded. `users` is over how many different people.
package struct PublicFigures: Sendable {
  /// Something counted, with what it adds up to where that is asked for.
  package struct Figure: Equatable, Sendable {
    package var count: Int
    package var total: Int
    package var users: Int

    package init(count: Int = 0, total: Int = 0, users: Int = 0) {
      self.count = count
      self.total = total
      self.users = users
    }
  }

  /// Messages of each day, oldest first; dates as `2026-11-21`.
  package var days: [(date: String, figure: Figure)] = []
  /// Messages by topic.
  package var topics: [Topic: Figure] = [:]
  /// Answers with their milliseconds.
  package var responseTime = Figure()
  /// Ratings with their sum.
  package var satisfaction = Figure()
  /// How many of the users went to premium.
  package var conversion = Figure()
  /// How many of the users came back, by the days after their first.
  package var retention: [Int: Figure] = [:]

  package init() {}
}

/// The six business metrics as the public sees them: docs/metrics.md defines each. Nil is withheld.
package struct PublicMetrics: Sendable {
  /// The days that end today.
  package static let windowDays = 30
  /// No figure is told over fewer people.
  package static let fewestUsers = 5
  /// Decimals of shares and rates; of the average rating.
  package static let shareDecimals = 3
  package static let ratingDecimals = 1

  package let dailyRequests: [(date: String, requests: Int?)]
  package let averageResponseMilliseconds: Int?
  package let retention: (d1: Double?, d7: Double?, d30: Double?)
  package let tierConversion: Double?
  /// Every topic: those that are told by falling share, then the others.
  package let topicPopularity: [(topic: Topic, share: Double?)]
  package let satisfactionScore: Double?

  package init(_ figures: PublicFigures) {
    dailyRequests = figures.days.map { ($0.date, $0.figure.isPublic ? $0.figure.count : nil) }
    averageResponseMilliseconds = figures.responseTime.published?.average.whole
    retention = (
      Self.share(figures.retention[1]), Self.share(figures.retention[7]), Self.share(figures.retention[30])
    )
    tierConversion = Self.share(figures.conversion)
    topicPopularity = Self.popularity(figures.topics)
    satisfactionScore = figures.satisfaction.published?.average.rounded(decimals: Self.ratingDecimals)
  }

  /// How many of the users, as a share.
  private static func share(_ figure: PublicFigures.Figure?) -> Double? {
    guard let figure = figure?.published else { return nil }
    return Quotient(figure.count, over: figure.users).rounded(decimals: shareDecimals)
  }

  /// The share of each topic in all messages.
  ///
  /// Shares add up to one, so what is withheld could be computed from what is told: when a topic with messages is
  /// withheld, the one with the fewest users among the others is, too. Then what is left of one is over five users at
  /// least, and of several topics (secondary suppression, as statistical offices do it).
  private static func popularity(_ topics: [Topic: PublicFigures.Figure]) -> [(topic: Topic, share: Double?)] {
    let total = topics.values.reduce(0) { $0 + $1.count }
    let all = Topic.allCases.map { (topic: $0, figure: topics[$0] ?? PublicFigures.Figure()) }
    var told = all.filter(\.figure.isPublic)
    if all.contains(where: { !$0.figure.isPublic && $0.figure.count > 0 }) {
      let smallest = told.min { ($0.figure.users, $0.figure.count) < ($1.figure.users, $1.figure.count) }
      told.removeAll { $0.topic == smallest?.topic }
    }
    // Sorting is stable: equal shares stand in the order of the list.
    let shares = told.sorted { $0.figure.count > $1.figure.count }.map { entry in
      (topic: entry.topic, share: Quotient(entry.figure.count, over: total).rounded(decimals: shareDecimals))
    }
    let withheld = Topic.allCases.filter { topic in !told.contains { $0.topic == topic } }
    return shares + withheld.map { (topic: $0, share: nil) }
  }
}

extension PublicFigures.Figure {
  fileprivate var isPublic: Bool { users >= PublicMetrics.fewestUsers }
  fileprivate var published: Self? { isPublic ? self : nil }
  fileprivate var average: Quotient { Quotient(total, over: count) }
}
