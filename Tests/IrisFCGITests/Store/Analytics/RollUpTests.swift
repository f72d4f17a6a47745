import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Rolling up: every event once, whatever happens meanwhile.
@Suite(.needsDatabase) struct RollUpTests {
  let database: TestDatabase
  let store: RollUpStore

  init() throws {
    database = try TestDatabase()
    store = RollUpStore(database: try database.makeDatabase(), timeZone: "Europe/Paris")
  }

  /// - Parameter first: tells users of several calls apart.
  private func write(_ count: Int, first: Int = 0) throws {
    try database.execute(
      """
      INSERT INTO iris.iris_events (user_id, event_type, timestamp, metadata, session_id)
      SELECT 'u' || n % 7 + $2::integer, 'chat_request', timestamptz '2026-05-05T10:00:00Z' - n * interval '7 hours',
        '{"topic": "cv", "tier": "free"}', 'c' || n / 3
        FROM generate_series(1, $1::integer) n
      """, [String(count), String(first)])
  }

  private func rollUpAll(batch: Int = 1_000) throws {
    for _ in 1...3 { while try store.step(batch: batch, slackSeconds: 0).isMore {} }
  }

  private static let tables = [
    "rollup_days", "rollup_breakdowns", "rollup_user_days", "rollup_conversations", "rollup_audiences",
    "rollup_users",
  ]

  /// All roll-ups as text. Counts that came to nothing say the same as no row.
  private func contents() throws -> [[String?]] {
    try Self.tables.map { try database.column("SELECT t::text FROM iris.\($0) t ORDER BY 1") } + [
      try database.column("SELECT t::text FROM iris.rollup_audience_sizes t WHERE users <> 0 ORDER BY 1"),
      try database.column("SELECT t::text FROM iris.rollup_cohorts t WHERE users <> 0 ORDER BY 1"),
    ]
  }

  private func requests() throws -> Int? {
    try database.integer("SELECT coalesce(sum(requests), 0) FROM iris.rollup_days")
  }

  @Test func `others at work are seen until they have paused`() throws {
    _ = try store.isDatabaseShared()
    let other = try database.makeDatabase()
    _ = try other.run("SELECT 1")
    #expect(try store.isDatabaseShared())
    Clock.sleep(microseconds: 200_000)
    #expect(try !store.isDatabaseShared())
    extendLifetime(other)
    #expect(RollUpRules.restPerWork(isShared: true) > 1 && RollUpRules.restPerWork(isShared: false) < 1)
  }

  @Test func `a step takes so many, and says what it did`() throws {
    try write(10)
    #expect(try store.step(batch: 4, slackSeconds: 0) == RollUpStore.Step(isMore: true))
    // The fence stands: what was recorded before it is ready.
    let step = try store.step(batch: 4, slackSeconds: 0)
    #expect(step.events == 4 && step.isMore)
    // 7, 14, 21 and 28 hours before noon of 5 May in Paris.
    #expect(step.days == ["2026-05-05", "2026-05-04"])
    #expect(try store.step(batch: 4, slackSeconds: 0).events == 4)
    #expect(try store.step(batch: 4, slackSeconds: 0).events == 2)
    #expect(try requests() == 10)
  }

  @Test func `in steps of any size it comes to the same, and again it changes nothing`() throws {
    try write(60)
    try rollUpAll(batch: 7)
    let found = try contents()
    #expect(found.allSatisfy { !$0.isEmpty })
    try rollUpAll()
    #expect(try contents() == found)
    for table in Self.tables + ["rollup_audience_sizes", "rollup_cohorts"] {
      try database.execute("DELETE FROM iris.\(table)")
    }
    try database.execute("UPDATE iris.rollup_state SET watermark = '-infinity'")
    try rollUpAll()
    #expect(try contents() == found)
  }

  @Test func `several at once count nothing twice`() throws {
    try write(300)
    _ = try store.step(slackSeconds: 0)
    let counted = try database.allAtOnce(6) { connection, _ in
      var events = 0
      for _ in 1...40 {
        let result = try connection.run(
          "SELECT events FROM iris.roll_up('Europe/Paris', 10, 0, '{cv}', '{1000}')", deadline: TestDatabase.deadline())
        events += result.integer(0) ?? 0
      }
      return events
    }
    try rollUpAll()
    #expect(counted.reduce(0, +) <= 300)
    #expect(try requests() == 300)
    #expect(try database.integer("SELECT sum(messages) FROM iris.rollup_user_days") == 300)
  }

  @Test func `while one is at it, another does nothing and waits for nobody`() throws {
    try write(5)
    let other = try database.connect()
    _ = try other.run("BEGIN", deadline: TestDatabase.deadline())
    _ = try other.run("SELECT 1 FROM iris.rollup_state FOR UPDATE", deadline: TestDatabase.deadline())
    #expect(try store.step(slackSeconds: 0) == RollUpStore.Step())
    _ = try other.run("ROLLBACK", deadline: TestDatabase.deadline())
    try rollUpAll()
    #expect(try requests() == 5)
  }

  @Test func `one that is broken off has done nothing`() throws {
    try write(20)
    _ = try store.step(slackSeconds: 0)
    let other = try database.connect()
    _ = try other.run("BEGIN", deadline: TestDatabase.deadline())
    let events = try other.run(
      "SELECT events FROM iris.roll_up('Europe/Paris', 12, 0, '{cv}', '{1000}')", deadline: TestDatabase.deadline())
    #expect(events.integer(0) == 12)
    let pid = try other.run("SELECT pg_backend_pid()", deadline: TestDatabase.deadline()).text(0)
    try database.execute("SELECT pg_terminate_backend($1::integer, 5000)", [pid])
    #expect(try requests() == 0)
    try rollUpAll()
    #expect(try requests() == 20)
  }

  @Test(arguments: [0, 3])
  func `a transaction that takes long loses no event, and holds nobody up`(before: Int) throws {
    try write(before)
    let slow = try database.connect()
    _ = try slow.run("BEGIN", deadline: TestDatabase.deadline())
    _ = try slow.run(
      "INSERT INTO iris.iris_events (event_type, user_id) VALUES ('chat_request', 'slow')",
      deadline: TestDatabase.deadline())
    try write(3 - before, first: 100)
    for _ in 1...4 { #expect(try store.step(slackSeconds: 0).events == 0) }
    _ = try slow.run("COMMIT", deadline: TestDatabase.deadline())
    try rollUpAll()
    #expect(try requests() == 4)
    #expect(try database.integer("SELECT count(*) FROM iris.rollup_user_days WHERE user_id = 'slow'") == 1)
  }

  @Test func `what was recorded a moment ago waits for the slack`() throws {
    try write(3)
    for _ in 1...3 { #expect(try store.step(slackSeconds: 60).events == 0) }
    #expect(try requests() == 0)
  }

  @Test func `in a database that was restored elsewhere it goes on`() throws {
    try write(3)
    _ = try store.step(slackSeconds: 0)
    try database.execute("UPDATE iris.rollup_state SET fence_xid = '9000000000'")
    try rollUpAll()
    #expect(try requests() == 3)
  }

  @Test func `days of several months and years, and those that no partition has`() throws {
    try EventTable(
      """
      1999-12-31T22:59:59Z a chat_request topic=cv
      1999-12-31T23:00:00Z a chat_request topic=cv
      2026-10-31T23:30:00Z a chat_request topic=cv
      2026-11-01T00:30:00Z a chat_request topic=cv
      """
    ).write(to: database)
    try rollUpAll()
    #expect(
      try database.column("SELECT day || ' ' || requests || ' ' || users FROM iris.rollup_days ORDER BY day")
        == ["1999-12-31 1 1", "2000-01-01 1 1", "2026-11-01 2 1"])
    #expect(
      try database.column("SELECT day || ' ' || users || ' ' || after_1 FROM iris.rollup_cohorts WHERE users <> 0")
        == ["1999-12-31 1 1"])
  }

  @Test(arguments: [1, 3])
  func `a rating that is changed at once is two events and one rating`(batch: Int) throws {
    try EventTable(
      """
      2026-05-05T10:00:00Z a feedback rating=1
      2026-05-05T10:01:00Z a feedback rating=5 previous=1 previous_at=2026-05-05T10:00:00Z
      2026-05-05T10:02:00Z a chat_request topic=cv
      """
    ).write(to: database)
    try rollUpAll(batch: batch)
    #expect(try database.text("SELECT ratings || ' ' || rating_sum FROM iris.rollup_days") == "1 5")
    #expect(
      try database.text("SELECT events FROM iris.rollup_breakdowns WHERE kind = 'event' AND label = 'feedback'") == "2")
    #expect(try database.text("SELECT last_day FROM iris.rollup_audiences WHERE audience = 'rated'") == "2026-05-05")
  }

  @Test func `events that make no sense are counted for what they are and stop nothing`() throws {
    try EventTable(
      """
      2026-05-05T10:00:00Z a chat_response topic=cv finish=complete response_time_ms=fast tokens_in=-4 cost_micro=1e400
      2026-05-05T10:00:00Z a chat_response topic=maçonnerie finish=complete response_time_ms=999999999999999999
      2026-05-05T10:00:00Z a chat_request topic=maçonnerie tier=gold
      2026-05-05T10:00:00Z a feedback rating=excellent previous=bad
      2026-05-05T10:00:00Z a Some_Thing,else outcome=it's
      """
    ).write(to: database)
    try database.execute(
      "INSERT INTO iris.iris_events (event_type, timestamp, metadata) VALUES ('chat_request', '2222-01-01', '[1]')")
    try rollUpAll()
    #expect(
      try database.text(
        "SELECT requests || ' ' || answers || ' ' || timed || ' ' || tokens_in FROM iris.rollup_days "
          + "WHERE day = '2026-05-05'") == "1 2 0 0")
    // A moment to come is that of the recording.
    #expect(try database.integer("SELECT count(*) FROM iris.rollup_days WHERE day > now() + interval '1 day'") == 0)
    #expect(
      try database.column("SELECT DISTINCT label FROM iris.rollup_breakdowns WHERE day = '2026-05-05' ORDER BY 1")
        == ["autre", "chat_request", "chat_response", "complete", "other"])
  }

  @Test func `what is kept by pseudonym goes with the events, and totals stay`() throws {
    try EventTable(
      """
      2026-01-10T10:00:00Z a chat_request topic=cv tier=free
      2026-01-10T10:00:00Z b chat_request topic=cv tier=free
      """
    ).write(to: database)
    try database.execute(
      "INSERT INTO iris.iris_events (event_type, user_id, session_id) VALUES ('chat_request', 'user-b', 's')")
    try rollUpAll()
    let age = try #require(try database.integer("SELECT (now() AT TIME ZONE 'Europe/Paris')::date - date '2026-01-10'"))
    #expect(try store.prune(keepDays: age).rows == 0)
    // Once a day.
    #expect(try store.prune(keepDays: age - 1).rows == 0)
    try database.execute("UPDATE iris.rollup_state SET pruned_on = NULL")
    var rows = 0
    for _ in 1...9 { rows += try store.prune(keepDays: age - 1, batch: 1).rows }
    // Days and conversations of a and b, a's three audiences and two of b's, a's first day.
    #expect(rows == 10)
    for table in ["rollup_user_days", "rollup_conversations", "rollup_audiences", "rollup_users"] {
      #expect(try database.column("SELECT DISTINCT user_id FROM iris.\(table)") == ["user-b"], "\(table)")
    }
    #expect(try database.integer("SELECT count(*) FROM iris.rollup_audience_sizes WHERE last_day = '2026-01-10'") == 0)
    #expect(
      try database.text("SELECT requests || ' ' || users FROM iris.rollup_days WHERE day = '2026-01-10'") == "2 2")
    #expect(try database.text("SELECT users FROM iris.rollup_cohorts WHERE day = '2026-01-10'") == "2")
  }

  @Test func `a chat in the middle of a step waits for nothing`() throws {
    try write(50)
    _ = try store.step(slackSeconds: 0)
    let other = try database.connect()
    _ = try other.run("BEGIN", deadline: TestDatabase.deadline())
    _ = try other.run(
      "SELECT * FROM iris.roll_up('Europe/Paris', 40, 0, '{cv}', '{1000}')", deadline: TestDatabase.deadline())
    try database.execute("SET lock_timeout = '200ms'")
    _ = try ChatSQL(database).chat(try TestUser(database))
    _ = try other.run("ROLLBACK", deadline: TestDatabase.deadline())
  }
}
