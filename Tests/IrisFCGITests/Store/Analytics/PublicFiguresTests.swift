import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// The public metrics against figures computed by hand, on the days around a change of the clocks.
@Suite(.needsDatabase) struct PublicFiguresTests {
  let database: TestDatabase
  let services: Services
  let store: RollUpStore

  init() throws {
    database = try TestDatabase()
    services = try TestApplication(database: database).services
    store = RollUpStore(database: services.database, timeZone: "Europe/Paris")
  }

  /// In Paris 29 March 2026 has 23 hours: from 23:00 UTC of the 28th to 22:00 UTC.
  ///
  ///     28 March   a b c d e   5 messages, all cv                       times 1000 1000 1000 1000 1002
  ///     29 March   a b c d f   6 messages, a twice: 2 cv, 4 lettre      6 × 2000
  ///     30 March   a b         2 messages: entretien; lettre, no model  500
  ///     22 March   g h i       3 messages, strategie                    no times: no answers
  ///     20 Feb.    g … m       7 messages, before the window
  private static let march = """
    2026-02-20T09:00:00Z g chat_request topic=strategie tier=free
    2026-02-20T09:00:00Z h chat_request topic=strategie tier=free
    2026-02-20T09:00:00Z i chat_request topic=strategie tier=free
    2026-02-20T09:00:00Z j chat_request topic=strategie tier=free
    2026-02-20T09:00:00Z k chat_request topic=strategie tier=free
    2026-02-20T09:00:00Z l chat_request topic=strategie tier=free
    2026-02-20T09:00:00Z m chat_request topic=strategie tier=free
    2026-02-20T09:05:00Z g feedback rating=1
    2026-03-10T09:00:00Z n tier_upgrade from=free to=premium
    2026-03-22T09:00:00Z g chat_request topic=strategie tier=free
    2026-03-22T09:00:00Z h chat_request topic=strategie tier=free
    2026-03-22T09:00:00Z i chat_request topic=strategie tier=free
    2026-03-22T09:05:00Z g feedback rating=5 previous=1 previous_at=2026-02-20T09:05:00Z
    2026-03-27T23:00:00Z a chat_request topic=cv tier=free
    2026-03-27T23:00:01Z a chat_response topic=cv finish=complete response_time_ms=1000
    2026-03-28T12:00:00Z b chat_request topic=cv tier=free
    2026-03-28T12:00:01Z b chat_response topic=cv finish=complete response_time_ms=1000
    2026-03-28T12:00:00Z c chat_request topic=cv tier=free
    2026-03-28T12:00:01Z c chat_response topic=cv finish=truncated response_time_ms=1000
    2026-03-28T12:00:00Z d chat_request topic=cv tier=premium
    2026-03-28T12:00:01Z d chat_response topic=cv finish=blocked response_time_ms=1000
    2026-03-28T22:59:59.998Z e chat_request topic=cv tier=free
    2026-03-28T22:59:59.999Z e chat_response topic=cv finish=complete response_time_ms=1002
    2026-03-28T13:00:00Z a feedback rating=5
    2026-03-28T13:00:00Z b feedback rating=4
    2026-03-28T23:00:00Z a chat_request topic=cv tier=free
    2026-03-28T23:00:02Z a chat_response topic=cv finish=complete response_time_ms=2000
    2026-03-29T00:59:59Z b chat_request topic=cv tier=free
    2026-03-29T01:00:01Z b chat_response topic=cv finish=complete response_time_ms=2000
    2026-03-29T01:00:00Z c chat_request topic=lettre tier=free
    2026-03-29T01:00:02Z c chat_response topic=lettre finish=complete response_time_ms=2000
    2026-03-29T12:00:00Z c tier_upgrade from=free to=premium
    2026-03-29T12:00:00Z d chat_request topic=lettre tier=premium
    2026-03-29T12:00:02Z d chat_response topic=lettre finish=complete response_time_ms=2000
    2026-03-29T12:00:00Z f chat_request topic=lettre tier=free
    2026-03-29T12:00:02Z f chat_response topic=lettre finish=complete response_time_ms=2000
    2026-03-29T21:59:57Z a chat_request topic=lettre tier=free
    2026-03-29T21:59:59.999Z a chat_response topic=lettre finish=complete response_time_ms=2000
    2026-03-29T13:00:00Z c feedback rating=3
    2026-03-29T13:00:00Z d feedback rating=4
    2026-03-29T13:00:00Z e feedback rating=2
    2026-03-29T22:00:00Z a chat_request topic=entretien tier=free
    2026-03-29T22:00:01Z a chat_response topic=entretien finish=complete response_time_ms=500 cached=true
    2026-03-30T09:00:00Z b chat_request topic=lettre tier=free
    2026-03-30T09:00:00Z b chat_fallback topic=lettre
    2026-03-30T09:10:00Z e feedback rating=3 previous=2 previous_at=2026-03-29T13:00:00Z
    2026-03-30T09:10:00Z f feedback rating=5
    2026-03-30T09:20:00Z f chat_response topic=cv finish=partial response_time_ms=90000
    """

  /// Noon in Paris.
  private func metrics(now: String = "2026-03-30T10:00:00Z") throws -> PublicMetrics {
    let found = try AnalyticsStore(reads: services.reads, timeZone: "Europe/Paris", now: now).publicFigures()
    #expect(found.until == now)
    return PublicMetrics(found.figures)
  }

  private func expectMarch(_ metrics: PublicMetrics, _ what: String) {
    #expect(metrics.dailyRequests.count == 30, "\(what)")
    #expect(metrics.dailyRequests.first?.date == "2026-03-01", "\(what)")
    // 22 March has three users, 30 March two.
    let told = metrics.dailyRequests.filter { $0.requests != nil }.map { "\($0.date) \($0.requests ?? 0)" }
    #expect(told == ["2026-03-28 5", "2026-03-29 6"], "\(what)")
    // (5002 + 6 × 2000 + 500) / 12 = 1458.5, the answer in part not among them.
    #expect(metrics.averageResponseMilliseconds == 1_459, "\(what)")
    // Of a b c d e, who began on the 28th, all but e came on the 29th; the day after f's first is not over.
    #expect(metrics.retention.d1 == 0.8, "\(what)")
    // Nobody began 7 days before a day of the window that is over.
    #expect(metrics.retention.d7 == nil, "\(what)")
    // g h i of seven, 30 days after 20 February: 3 / 7 = 0.4286.
    #expect(metrics.retention.d30 == 0.429, "\(what)")
    // c and n of a b c e f g h i n: 2 / 9 = 0.2222.
    #expect(metrics.tierConversion == 0.222, "\(what)")
    // 16 messages: cv 7 by 5 users, lettre 5 by 5, strategie 3 by 3, entretien 1 by 1. The last two are withheld, and lettre
    // with them. 7 / 16 = 0.4375.
    let topics = metrics.topicPopularity.compactMap { entry in entry.share.map { "\(entry.topic.rawValue) \($0)" } }
    #expect(topics == ["cv 0.438"], "\(what)")
    // a 5, b 4, c 3, d 4, e 3, f 5, g 5: 29 / 7 = 4.143. What e and g said first is not among them.
    #expect(metrics.satisfactionScore == 4.1, "\(what)")
  }

  @Test(arguments: [0, 1, 7, 20, 33, 47, 48], [false, true])
  func `figures are exact to the last digit, however much is rolled up and in whatever order events came`(
    rolledUp: Int, isReversed: Bool
  ) throws {
    let table = EventTable(Self.march)
    try (isReversed ? EventTable(table.rows.reversed()) : table).write(to: database)
    _ = try store.step(slackSeconds: 0)
    if rolledUp > 0 { #expect(try store.step(batch: rolledUp, slackSeconds: 0).events == rolledUp) }
    expectMarch(try metrics(), "\(rolledUp) rolled up, reversed: \(isReversed)")
    let counted = "SELECT coalesce(sum(events), 0) FROM iris.rollup_breakdowns WHERE kind = 'event'"
    #expect(try database.integer(counted) == rolledUp)
    try rollUpAll()
    #expect(try database.integer(counted) == table.rows.count)
    expectMarch(try metrics(), "all rolled up, reversed: \(isReversed)")
  }

  private func rollUpAll() throws {
    for _ in 1...3 { while try store.step(batch: 1_000, slackSeconds: 0).isMore {} }
  }

  /// In Paris 25 October 2026 has 25 hours: from 22:00 UTC of the 24th to 23:00 UTC, and half past two comes twice.
  private static let october: [(moment: String, day: String)] = [
    ("2026-10-24T21:59:59.999Z", "2026-10-24"), ("2026-10-24T22:00:00Z", "2026-10-25"),
    ("2026-10-25T00:30:00Z", "2026-10-25"), ("2026-10-25T01:30:00Z", "2026-10-25"),
    ("2026-10-25T22:59:59.999Z", "2026-10-25"), ("2026-10-25T23:00:00Z", "2026-10-26"),
  ]

  @Test(arguments: [false, true])
  func `the day of 25 hours has all its messages`(isRolledUp: Bool) throws {
    for (letter, entry) in zip(["a", "b", "c", "d", "e", "f"], Self.october) {
      // Five users on each day, so that it is told.
      let others = ["v", "w", "x", "y"].map {
        EventTable.Row(moment: entry.moment, user: $0, type: "chat_request", members: [])
      }
      let own = EventTable.Row(moment: entry.moment, user: letter, type: "chat_request", members: [("topic", "cv")])
      try EventTable([own] + others).write(to: database)
    }
    if isRolledUp { try rollUpAll() }
    let told = try metrics(now: "2026-10-26T10:00:00Z").dailyRequests.filter { $0.requests != nil }
    #expect(told.map { "\($0.date) \($0.requests ?? 0)" } == ["2026-10-24 5", "2026-10-25 20", "2026-10-26 5"])
  }

  @Test func `what is not rolled up is read to a bound, and the answer says up to when`() throws {
    try database.execute(
      """
      INSERT INTO iris.iris_events (user_id, event_type, timestamp, recorded_at)
      SELECT 'u' || n, 'chat_request', '2026-03-29T10:00:00Z', timestamptz '2026-03-29T10:00:00Z' + n * interval '1 second'
        FROM generate_series(1, $1::integer) n
      """, [String(RollUpRules.publicTail + 60)])
    let store = AnalyticsStore(reads: services.reads, timeZone: "Europe/Paris", now: "2026-03-30T10:00:00Z")
    let found = try store.publicFigures()
    #expect(found.figures.days.suffix(2).map(\.figure.count) == [RollUpRules.publicTail, 0])
    #expect(found.until == "2026-03-29T10:33:21Z")
    try rollUpAll()
    let all = try store.publicFigures()
    #expect(all.figures.days.suffix(2).map(\.figure.count) == [RollUpRules.publicTail + 60, 0])
    #expect(all.until == "2026-03-30T10:00:00Z")
  }

  @Test func `events of nobody count as requests, and over nobody`() throws {
    try EventTable("2026-03-29T10:00:00Z - chat_request topic=cv tier=free").write(to: database)
    let store = AnalyticsStore(reads: services.reads, timeZone: "Europe/Paris", now: "2026-03-29T12:00:00Z")
    for _ in 1...2 {
      let figures = try store.publicFigures().figures
      #expect(figures.days.last?.figure == PublicFigures.Figure(count: 1, users: 0))
      #expect(figures.topics[.cv] == PublicFigures.Figure(count: 1, users: 0))
      try rollUpAll()
    }
  }
}
