/// When a condition of a host begins and when it is over. Between the two limits of a rule nothing changes, so that a value
/// that wavers does not tell the same thing again and again.
package struct AlertRules: Sendable {
  package enum Verdict: Equatable, Sendable {
    /// It holds; the sentence says by how much.
    case holds(String)
    case isOver
    /// It could not be looked at.
    case unknown
  }

  /// Share of the month's requests that must be served, in parts of a thousand.
  static let availabilityPerMille = 999
  /// So few requests say nothing of a month; so few failures happen.
  static let fewestRequestsOfMonth = 1_000
  static let fewestFailuresOfMonth = 10
  /// So few failures in five minutes are no state, whatever their share: at night two of three may be one person's bad luck.
  static let fewestFailures = 5
  /// p95 is over this when more than a twentieth took longer.
  static let slowMicroseconds = 2_000_000
  static let longWaitMicroseconds = 1_000_000
  static let fewestRequestsForTimes = 20
  /// Chats in a row without a model; `/health` says `failing` from as many on.
  static let manyFailedChats = 3
  static let stuckSeconds = 300
  /// What the spool lost stays an alert for so long after the last loss.
  static let lossSeconds: Int64 = 3_600

  /// `IRIS_ALERT_ERROR_RATE`, 0 to 1.
  let errorRate: Double

  package init(errorRate: Double) { self.errorRate = errorRate }

  /// - Parameter isOpen: whether it held before: it is over at a lower value than the one at which it begins.
  package func verdict(on kind: AlertKind, _ seen: Observation, isOpen: Bool) -> Verdict {
    switch kind {
    case .databaseDown:
      seen.databaseAnswers ? .isOver : .holds("PostgreSQL cannot be used from this host.")
    case .modelsDown: seen.models.map(Self.models) ?? .unknown
    case .errorRate: seen.window.map { errors($0.all, isOpen: isOpen) } ?? .unknown
    case .availability: seen.month.map { Self.availability($0, isOpen: isOpen) } ?? .unknown
    case .slowChats:
      seen.window.map { Self.times($0.chat, "chats", "the model's time included", isOpen: isOpen) } ?? .unknown
    case .slowRequests:
      seen.window.map { Self.times($0.other, "requests", "chats not counted", isOpen: isOpen) } ?? .unknown
    case .longWaits: seen.window.map { Self.waits($0.waits, isOpen: isOpen) } ?? .unknown
    case .spoolStuck: seen.databaseAnswers ? seen.spool.map(Self.spool) ?? .unknown : .unknown
    case .spoolLoss: seen.losses.map { Self.losses($0, at: seen.now) } ?? .isOver
    case .keyRejected, .modelGone, .budgetReached, .loginSpraying, .loginStuffing, .spoolDamaged, .unusualUse,
      .upkeepOverdue:
      .unknown
    }
  }

  private static func models(_ models: Observation.Models) -> Verdict {
    guard models.routes > 0 else { return .isOver }
    if models.failedChats >= manyFailedChats {
      return .holds("No model answered the last \(models.failedChats) chats; users get prepared advice.")
    }
    guard models.setAside >= models.routes else { return .isOver }
    return .holds("Every model is set aside with every key (\(models.routes) of them); users get prepared advice.")
  }

  private func errors(_ totals: ServiceTotals, isOpen: Bool) -> Verdict {
    let (fewest, limit) = isOpen ? (2, errorRate / 2) : (Self.fewestFailures, errorRate)
    guard totals.failures >= fewest, Double(totals.failures) > limit * Double(totals.requests) else { return .isOver }
    let share = Percentage.text(totals.failures, of: totals.requests)
    return .holds("\(totals.failures) of \(totals.requests) requests failed in five minutes (\(share)).")
  }

  private static func availability(_ month: ServiceTotals, isOpen: Bool) -> Verdict {
    guard month.requests >= fewestRequestsOfMonth, month.failures >= fewestFailuresOfMonth else { return .isOver }
    // Once open, a tenth of the errors that the month allows must be free again.
    let allowed = (1_000 - availabilityPerMille) * (isOpen ? 9 : 10)
    guard month.failures * 10_000 > month.requests * allowed else { return .isOver }
    let served = Percentage.text(month.requests - month.failures, of: month.requests)
    return .holds(
      "\(served) of this month's \(month.requests) requests were served; 99.9 % is the aim. \(month.failures) failed.")
  }

  private static func times(_ totals: ServiceTotals, _ what: String, _ note: String, isOpen: Bool) -> Verdict {
    guard let slow = tooMany(totals, slowerThan: slowMicroseconds, isOpen: isOpen) else { return .isOver }
    return .holds("\(slow) of \(totals.requests) \(what) took over 2 s in five minutes (\(note)): p95 is above it.")
  }

  private static func waits(_ pools: [String: ServiceTotals], isOpen: Bool) -> Verdict {
    let short = pools.sorted { $0.key < $1.key }.compactMap { (pool, totals) in
      tooMany(totals, slowerThan: longWaitMicroseconds, isOpen: isOpen).map { "\($0) of \(totals.requests) in \(pool)" }
    }
    guard !short.isEmpty else { return .isOver }
    return .holds(
      "Requests waited over 1 s for a worker in five minutes: \(short.joined(separator: ", ")). Give the pool more workers."
    )
  }

  /// How many took longer, where that is more than 5 %, or 4 % once open.
  private static func tooMany(_ totals: ServiceTotals, slowerThan microseconds: Int, isOpen: Bool) -> Int? {
    let slow = totals.slower(than: microseconds)
    guard totals.requests >= (isOpen ? fewestRequestsForTimes / 2 : fewestRequestsForTimes),
      slow * (isOpen ? 25 : 20) > totals.requests
    else { return nil }
    return slow
  }

  private static func spool(_ spool: Observation.SpoolDepth) -> Verdict {
    guard spool.records > 0, spool.oldestSeconds > stuckSeconds else { return .isOver }
    return .holds(
      "\(spool.records) records wait in the spool, the oldest for \(spool.oldestSeconds / 60) min, with the database up."
    )
  }

  private static func losses(_ losses: TrafficHistory.Losses, at now: Int64) -> Verdict {
    guard now - losses.at < lossSeconds else { return .isOver }
    return .holds("\(losses.count) records could not be kept in the spool and are lost.")
  }
}

/// Shares as text.
enum Percentage {
  /// With two decimals, rounded down, so that 99.899 % is not shown as the 99.9 % that it misses.
  static func text(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "0 %" }
    let hundredths = part * 10_000 / whole
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
  }
}
