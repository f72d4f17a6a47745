import IrisDomain
import IrisSystem

/// The rows of `iris.alerts` and what is watched in the database for them.
struct AlertStore {
  let database: Database

  /// An alert of all hosts that this one is to tell.
  struct Claim: Equatable, Sendable {
    let kind: String
    let subject: String
    let step: AlertChange.Step
    /// Unix seconds.
    let firstAt: Int64
    let resolvedAt: Int64?
    let count: Int
    let detail: [String: JSONValue]
  }

  /// An account that sends far more than it usually does.
  struct UnusualAccount: Equatable, Sendable {
    let id: String
    let messages: Int
    /// Messages per day, with one decimal.
    let average: String
  }

  /// Seconds that the clocks of this time zone are before UTC now; which also shows that the database can be used.
  func utcOffset(timeZone: String) throws(StoreError) -> Int {
    let sql = "SELECT extract(epoch FROM now() AT TIME ZONE $1 - now() AT TIME ZONE 'UTC')::integer"
    guard let seconds = try database.run(sql, [timeZone], repeatable: true).integer(0) else { throw .unavailable }
    return seconds
  }

  func unusualAccounts(timeZone: String) throws(StoreError) -> [UnusualAccount] {
    let result = try database.run(
      "SELECT * FROM iris.unusual_use($1, $2, $3, $4, $5)",
      [
        String(UnusualUse.floor), String(UnusualUse.factor), String(UnusualUse.days), String(UnusualUse.most), timeZone,
      ], repeatable: true)
    return (0..<result.rowCount).compactMap { row in
      guard let id = result.text(0, row: row), let messages = result.integer(1, row: row) else { return nil }
      return UnusualAccount(id: id, messages: messages, average: result.text(2, row: row) ?? "0")
    }
  }

  /// Notes that something holds; where it was noted already, that it still does.
  func raise(_ alerts: [Alert]) throws(StoreError) {
    _ = try database.run("SELECT iris.raise_alerts($1)", [JSONBytes(alerts.map(\.row)).text])
  }

  /// Ends what is over.
  /// - Parameter troubled: the keys and models that do not work on this host, as subjects; nil: that is not known.
  func review(host: String, troubled: [String]?, budget: Int?, timeZone: String) throws(StoreError) {
    // A JSON array as text[], and null as null.
    let texts = "CASE WHEN $2::jsonb IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text($2::jsonb)) END"
    _ = try database.run(
      "SELECT iris.review_alerts($1, \(texts), $3, $4, $5, $6, $7)",
      [
        host, troubled.map { JSONBytes($0).text }, String(AlertTimes.settleSeconds), budget.map { String($0) },
        String(AlertTimes.quietSeconds), String(AlertTimes.overdueSeconds), timeZone,
      ], repeatable: true)
  }

  /// Takes what is to be told, so that no other host tells it too.
  func claim() throws(StoreError) -> [Claim] {
    let result = try database.run(
      "SELECT * FROM iris.claim_alerts($1, $2, $3)",
      [String(AlertTimes.leaseSeconds), String(AlertBook.repeatSeconds), String(AlertTimes.batch)])
    return (0..<result.rowCount).compactMap { row in
      guard let kind = result.text(0, row: row), let subject = result.text(1, row: row),
        let step = result.text(2, row: row).flatMap({ AlertChange.Step(rawValue: $0) }),
        let firstAt = result.integer(3, row: row)
      else { return nil }
      return Claim(
        kind: kind, subject: subject, step: step, firstAt: Int64(firstAt),
        resolvedAt: result.integer(4, row: row).map { Int64($0) }, count: result.integer(5, row: row) ?? 1,
        detail: result.text(6, row: row).flatMap { StrictJSON.members(of: $0.utf8) } ?? [:])
    }
  }

  /// Ends such claims; what did not arrive is told another time.
  func settle(_ claims: [Claim], arrived: Bool) throws(StoreError) {
    let rows = claims.map { ["kind": $0.kind, "subject": $0.subject, "step": $0.step.rawValue] as JSONObject }
    _ = try database.run(
      "SELECT iris.settle_alerts($1, $2)", [JSONBytes(rows).text, arrived ? "true" : "false"], repeatable: true)
  }

  /// Shows this host's own alerts to who asks the database.
  func mirror(_ entries: [AlertBook.Entry], host: String) throws(StoreError) {
    let rows = entries.map {
      [
        "kind": $0.kind.rawValue, "first_at": Int($0.beganAt), "last_at": Int($0.lastAt),
        "notified_at": $0.toldAt.map { Int($0) }, "resolved_at": $0.endedAt.map { Int($0) },
        "detail": ["text": $0.text] as JSONObject,
      ] as JSONObject
    }
    _ = try database.run("SELECT iris.mirror_alerts($1, $2)", [host, JSONBytes(rows).text], repeatable: true)
  }

  /// Keeps what this host answered on these days.
  /// - Parameter source: this host's memory of its counters.
  func put(_ days: [String: Traffic], host: String, source: String) throws(StoreError) {
    let rows = days.sorted { $0.key < $1.key }.flatMap { day, traffic in
      [Self.row(day, "chat", traffic.chat), Self.row(day, "other", traffic.other)]
    }
    _ = try database.run(
      "SELECT iris.put_service_days($1, $2, $3)", [host, source, JSONBytes(rows).text], repeatable: true)
  }

  private static func row(_ day: String, _ part: String, _ totals: ServiceTotals) -> JSONObject {
    var latency: JSONObject = [:]
    for (bound, count) in totals.latency.sorted(by: { $0.key < $1.key }) where count > 0 {
      latency.add(String(bound), count)
    }
    if totals.longer > 0 { latency.add("more", totals.longer) }
    return [
      "day": day, "part": part, "requests": totals.requests, "failures": totals.failures, "latency_us": latency,
    ]
  }
}

/// How long alerts of all hosts last, and their rows. Seconds.
enum AlertTimes {
  /// An alert so young may be one whose cause this host has not looked at yet.
  static let settleSeconds = 60
  /// A login attack is over after so long without a failure.
  static let quietSeconds = 3_600
  /// `iris-fcgi maintain` runs every minute, and comes to its end.
  static let overdueSeconds = 900
  /// Who tells an alert has it for so long: longer than the receiver may take.
  static let leaseSeconds = 60
  /// Alerts told in one message.
  static let batch = 20
}
