/// What one user did in some days, for that user.
package struct UserFigures: Sendable {
  package struct Day: Equatable, Sendable {
    /// As `2026-11-21`.
    package var date: String
    package var messages: Int
    /// Answers whose time is known, and those times together.
    package var timed: Int
    package var milliseconds: Int

    package init(date: String, messages: Int, timed: Int, milliseconds: Int) {
      self.date = date
      self.messages = messages
      self.timed = timed
      self.milliseconds = milliseconds
    }

    package var averageMilliseconds: Int? { Quotient(milliseconds, over: timed).whole }
  }

  /// How many days may be asked for, and how many are without asking.
  package static let days = 1...365
  package static let usualDays = 30
  /// Decimals of the average rating.
  package static let ratingDecimals = 2

  /// Every day of the window, oldest first.
  package var days: [Day] = []
  package var topics: [(topic: Topic, messages: Int)] = []
  package var sessions = 0
  package var tokensIn = 0
  package var tokensOut = 0
  package var ratings = 0
  package var ratingSum = 0

  package init() {}

  package var messages: Int { days.reduce(0) { $0 + $1.messages } }

  /// Over all answers of the window, not over its days.
  package var averageMilliseconds: Int? {
    Quotient(days.reduce(0) { $0 + $1.milliseconds }, over: days.reduce(0) { $0 + $1.timed }).whole
  }

  package var averageRating: Double? { Quotient(ratingSum, over: ratings).rounded(decimals: Self.ratingDecimals) }

  /// Those with messages, the most frequent first.
  package var rankedTopics: [(topic: Topic, messages: Int)] {
    topics.filter { $0.messages > 0 }.sorted { one, other in
      one.messages != other.messages
        ? one.messages > other.messages : one.topic.rawValue < other.topic.rawValue
    }
  }
}
