/// What one look at a host found. What could not be looked at is nil, and changes nothing.
package struct Observation: Equatable, Sendable {
  /// The ways to an answer, and what chats found on them.
  package struct Models: Equatable, Sendable {
    /// Pairs of model and key that are configured.
    package var routes: Int
    /// Those of them that are not asked at this moment.
    package var setAside: Int
    /// Chats in a row that no model answered.
    package var failedChats: Int

    package init(routes: Int, setAside: Int, failedChats: Int) {
      self.routes = routes
      self.setAside = setAside
      self.failedChats = failedChats
    }
  }

  /// What waits for the database.
  package struct SpoolDepth: Equatable, Sendable {
    package var records: Int
    /// Age of the oldest record; 0 without any.
    package var oldestSeconds: Int

    package init(records: Int, oldestSeconds: Int) {
      self.records = records
      self.oldestSeconds = oldestSeconds
    }
  }

  /// Unix seconds.
  package var now: Int64
  package var databaseAnswers: Bool
  /// The month so far.
  package var month: ServiceTotals?
  /// The last five minutes.
  package var window: Traffic?
  package var models: Models?
  package var spool: SpoolDepth?
  package var losses: TrafficHistory.Losses?

  package init(now: Int64, databaseAnswers: Bool) {
    self.now = now
    self.databaseAnswers = databaseAnswers
  }
}
