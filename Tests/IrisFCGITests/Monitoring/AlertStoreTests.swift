import IrisDomain
import Testing

@testable import IrisFCGI

/// Alerts as rows: who tells them, when they are over, what stands for a host's own.
@Suite(.needsDatabase) struct AlertStoreTests {
  private static let zone = "Europe/Paris"
  private let test: TestDatabase
  private let store: AlertStore

  init() throws {
    test = try TestDatabase()
    store = AlertStore(database: try test.makeDatabase())
  }

  /// - Parameter detail: JSON.
  private func insert(_ kind: String, _ subject: String, secondsAgo: Int = 600, detail: String = "{}") throws {
    try test.execute(
      """
      INSERT INTO iris.alerts (kind, subject, first_at, last_at, detail)
      SELECT $1, $2, m, m, $4::jsonb FROM (SELECT now() - make_interval(secs => $3::integer) AS m) n
      """, [kind, subject, String(secondsAgo), detail])
  }

  private func review(host: String = "h", troubled: [String]? = [], budget: Int? = 5) throws {
    try store.review(host: host, troubled: troubled, budget: budget, timeZone: Self.zone)
  }

  private func open() throws -> [String?] {
    try test.column("SELECT subject FROM iris.alerts WHERE resolved_at IS NULL ORDER BY subject")
  }

  private func told(_ claims: [AlertStore.Claim]) -> [String] { claims.map { "\($0.step) \($0.subject)" }.sorted() }

  @Test func `a row is claimed once, told once, and once more when it ends`() throws {
    try insert("model_gone", "a")
    let first = try store.claim()
    #expect(told(first) == ["began a"])
    #expect(try store.claim().isEmpty, "another host leaves it")
    try store.settle(first, arrived: false)
    let second = try store.claim()
    #expect(told(second) == ["began a"], "what did not arrive is told again")
    try store.settle(second, arrived: true)
    #expect(try store.claim().isEmpty)
    try test.execute("UPDATE iris.alerts SET resolved_at = now()")
    let third = try store.claim()
    #expect(told(third) == ["ended a"] && third.first?.resolvedAt != nil)
    try store.settle(third, arrived: true)
    #expect(try store.claim().isEmpty)
    try store.raise([Alert(kind: .modelGone, subject: "a", detail: [:], event: nil)])
    #expect(told(try store.claim()) == ["began a"], "one that comes back is new")
  }

  @Test func `a claim of who died lapses, and what lasts is told again after a day`() throws {
    try insert("model_gone", "a")
    _ = try store.claim()
    try test.execute("UPDATE iris.alerts SET claimed_until = now() - interval '1 second'")
    let claims = try store.claim()
    #expect(told(claims) == ["began a"])
    try store.settle(claims, arrived: true)
    for (seconds, expected) in [(86_390, []), (86_401, ["lasts a"])] as [(Int, [String])] {
      try test.execute(
        "UPDATE iris.alerts SET notified_at = now() - make_interval(secs => $1::integer)", [String(seconds)])
      #expect(told(try store.claim()) == expected)
    }
  }

  @Test func `one that ended before it was told is told as that`() throws {
    try insert("login_spraying", "a", secondsAgo: 3_700)
    try review()
    #expect(told(try store.claim()) == ["ended a"])
  }

  @Test func `many hosts at once claim each row once`() throws {
    for number in 0..<40 { try insert("unusual_use", "\(number)") }
    let settings = DatabaseSettings(url: Secret(test.url), readURL: nil, preparesStatements: true)
    let claims = try concurrently(4) { _ in
      let breaker = Breaker(openUntil: .local(), failures: .local())
      return try AlertStore(database: Database(settings: settings, breaker: breaker, log: nil)).claim().map(\.subject)
    }.flatMap { $0 }
    #expect(claims.count == Set(claims).count && claims.count <= 40 && claims.count >= AlertTimes.batch)
  }

  @Test func `a key's alert ends when the host that saw it finds that it works`() throws {
    try insert("key_rejected", "gemini key 1", detail: #"{"host": "h"}"#)
    try insert("model_gone", "gemini model m", detail: #"{"host": "h"}"#)
    try insert("key_rejected", "gemini key 2")
    try insert("key_rejected", "gemini key 3", secondsAgo: 10, detail: #"{"host": "h"}"#)
    try review(host: "other", troubled: [])
    #expect(try open() == ["gemini key 1", "gemini key 3", "gemini model m"], "who saw it is not known of key 2")
    try review(troubled: nil)
    try review(troubled: ["gemini key 1"])
    #expect(try open() == ["gemini key 1", "gemini key 3"], "one that is young may be unknown yet")
    try review(troubled: [])
    #expect(try open() == ["gemini key 3"])
  }

  @Test(arguments: [
    ("login_spraying", 3_590, true), ("login_spraying", 3_610, false), ("login_stuffing", 3_610, false),
    ("spool_loss", 3_610, false), ("unusual_use", 86_400, false), ("budget_reached", 86_400, false),
    ("spool_damaged", 1_000_000, true), ("of_a_later_release", 1_000_000, true),
  ])
  func `an alert ends when its time is over`(kind: String, secondsAgo: Int, isOpen: Bool) throws {
    try insert(kind, "s", secondsAgo: secondsAgo)
    try test.execute(
      "INSERT INTO iris.daily_spend (date, shard, cost_micro) SELECT (now() AT TIME ZONE $1)::date, 0, 9", [Self.zone])
    try review()
    #expect(try open().isEmpty != isOpen)
  }

  @Test(arguments: [(5, false), (6, true), (nil, true)] as [(Int?, Bool)])
  func `a spent budget is over when there is more of it`(budget: Int?, ends: Bool) throws {
    try insert("budget_reached", "daily budget", secondsAgo: 0)
    try test.execute(
      "INSERT INTO iris.daily_spend (date, shard, cost_micro) SELECT (now() AT TIME ZONE $1)::date, 0, 5", [Self.zone])
    try review(budget: budget)
    #expect(try open().isEmpty == ends)
  }

  @Test func `maintain is overdue when none ended for a quarter of an hour`() throws {
    try review()
    #expect(try open() == [], "it has never ended: it is new")
    try test.execute("UPDATE iris.upkeep SET finished_at = now() - interval '16 minutes'")
    try review()
    let claims = try store.claim()
    #expect(claims.map(\.kind) == ["upkeep_overdue"])
    #expect(AlertChange(try #require(claims.first)).text.contains("for 16 min"))
    try test.execute("UPDATE iris.upkeep SET finished_at = now() - interval '14 minutes'")
    try review()
    #expect(try open() == [])
  }

  /// Messages today, messages on each of so many days before, whether it is unusual.
  @Test(arguments: [
    (50, 0, 0, false), (51, 0, 0, true), (200, 20, 30, false), (201, 20, 30, true), (51, 5, 30, true),
    (100, 10, 30, false), (300, 90, 10, false), (301, 90, 10, true),
  ])
  func `use is unusual over fifty and ten times the account's own average`(
    today: Int, before: Int, days: Int, expected: Bool
  ) throws {
    let user = try TestUser(test)
    try test.execute(
      """
      INSERT INTO iris.user_daily_usage (user_id, date, message_count, tier_at_time)
      SELECT $1::uuid, (now() AT TIME ZONE $2)::date - n, CASE WHEN n = 0 THEN $3::integer ELSE $4::integer END, 'premium'
        FROM generate_series(0, $5::integer) n
      """, [user.id, Self.zone, String(today), String(before), String(days)])
    try test.execute(
      """
      INSERT INTO iris.user_daily_usage (user_id, date, message_count, tier_at_time)
      VALUES ($1::uuid, (now() AT TIME ZONE $2)::date - 31, 9999, 'premium')
      """, [user.id, Self.zone])
    let found = try store.unusualAccounts(timeZone: Self.zone)
    #expect(found.map(\.id) == (expected ? [user.id] : []))
    #expect(found.allSatisfy { $0.messages == today })
  }

  @Test func `a host's own alerts are shown, and nobody else tells them`() throws {
    var book = AlertBook()
    book.judge(Observation(now: 1_800_000_000, databaseAnswers: false), by: AlertRules(errorRate: 0.01))
    book.told(at: 1_800_000_000)
    try store.mirror(book.entries, host: "web1")
    let row =
      "SELECT kind || ' ' || subject || ' ' || (resolved_at IS NULL) || ' ' || extract(epoch FROM notified_at)::bigint FROM iris.alerts"
    #expect(try test.column(row) == ["database_down web1 true 1800000000"])
    #expect(try store.claim().isEmpty)
    try store.mirror([], host: "web2")
    #expect(try open() == ["web1"])
    book.judge(Observation(now: 1_800_000_060, databaseAnswers: true), by: AlertRules(errorRate: 0.01))
    try store.mirror(book.entries, host: "web1")
    #expect(try test.column("SELECT extract(epoch FROM resolved_at)::bigint FROM iris.alerts") == ["1800000060"])
    #expect(try store.claim().isEmpty)
  }

  @Test func `a memory that was lost leaves no alert open`() throws {
    var book = AlertBook()
    book.judge(Observation(now: 1_800_000_000, databaseAnswers: false), by: AlertRules(errorRate: 0.01))
    try store.mirror(book.entries, host: "web1")
    try store.mirror([], host: "web1")
    #expect(try open() == [])
  }

  @Test func `days are kept by host and memory, and replaced, not added`() throws {
    let sources = ["0192f3a1-7c3b-7def-8abc-0123456789ab", "0192f3a1-7c3b-7def-8abc-0123456789ac"]
    let totals = ServiceTotals(requests: 3, failures: 1, latency: [1_000: 2, 2_000: 0], longer: 1)
    let days = ["2026-11-21": Traffic(chat: totals)]
    for source in sources + sources { try store.put(days, host: "h", source: source) }
    let sum = "SELECT sum(requests) || ' ' || sum(failures) || ' ' || count(*) FROM iris.service_days"
    #expect(try test.text(sum) == "6 2 4")
    #expect(
      try test.column("SELECT DISTINCT part || ' ' || latency_us::text FROM iris.service_days ORDER BY 1")
        == [#"chat {"1000": 2, "more": 1}"#, "other {}"])
  }

  @Test func `the time zone's distance from UTC is today's`() throws {
    #expect([3_600, 7_200].contains(try store.utcOffset(timeZone: Self.zone)))
    #expect(try store.utcOffset(timeZone: "UTC") == 0)
  }
}
