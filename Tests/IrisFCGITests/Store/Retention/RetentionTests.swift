import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What goes when its days are over, on both sides of the limit, killed half-way and over many days.
@Suite(.needsDatabase) struct RetentionTests {
  private let test: TestDatabase
  private let user: TestUser

  init() throws {
    test = try TestDatabase()
    user = try TestUser(test)
  }

  /// 365, 395 and 90 days, as the defaults are.
  private static let keep = JSONBytes(
    JSONObject(RetentionRules.keepSeconds(eventDays: 395, messageDays: 365, errorDays: 90))
  ).text

  /// A fixed moment, to the microsecond, whose months have no partitions.
  private static let now = "timestamptz '2039-03-15 12:34:56.789123Z'"

  /// Both halves at a moment, as the owner: what went, by kind.
  private func purge(at moment: String = now, batch: Int = 1_000) throws -> [String: Int] {
    let past = try test.text("SELECT iris.purge_past($1, $2, \(moment))", [Self.keep, String(batch)])
    let records = try test.text("SELECT iris.purge_records_at($1, $2, \(moment))", [Self.keep, String(batch)])
    return UpkeepStore.counts(past).merging(UpkeepStore.counts(records), uniquingKeysWith: +).filter { $0.value > 0 }
  }

  private func count(_ table: String) throws -> Int? { try test.integer("SELECT count(*) FROM iris.\(table)") }

  /// A turn's answer with its conversation and feedback, made at a moment.
  private func plant(at moment: String, conversation: String? = nil) throws {
    let conversation = try conversation ?? TestID.make()
    try test.execute(
      """
      DO $$
      DECLARE
          made CONSTANT timestamptz := \(moment);
          message CONSTANT uuid := overlay(iris.uuid_v7_floor(made)::text PLACING
              right(gen_random_uuid()::text, 12) FROM 25)::uuid;
      BEGIN
          INSERT INTO iris.iris_chat_sessions (user_id, session_id, started_at, last_message_at)
          VALUES ('\(user.id)', '\(conversation)', made, made) ON CONFLICT DO NOTHING;
          INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status)
          VALUES (message, '\(conversation)', '\(user.id)', message, 'assistant', 'Bonjour', iris.uuid_v7_time(message), 'complete');
          INSERT INTO iris.feedback (message_id, user_id, session_id, rating) VALUES (message, '\(user.id)', '\(conversation)', 4);
      END $$
      """)
  }

  @Test func `a conversation's words go with its time and not a second before`() throws {
    try plant(at: "\(Self.now) - interval '365 days' + interval '1 second'")
    #expect(try purge() == [:])
    try plant(at: "\(Self.now) - interval '365 days' - interval '1 second'")
    #expect(try purge() == ["messages": 1, "feedback": 1, "conversations": 1])
    #expect(try count("iris_messages") == 1 && count("feedback") == 1 && count("iris_chat_sessions") == 1)
    #expect(
      try purge(at: "\(Self.now) + interval '2 seconds'") == ["messages": 1, "feedback": 1, "conversations": 1])
  }

  @Test func `a conversation lives for as long as something of it does`() throws {
    let conversation = try TestID.make()
    try plant(at: "\(Self.now) - interval '400 days'", conversation: conversation)
    try plant(at: "\(Self.now) - interval '100 days'", conversation: conversation)
    try test.execute(
      "UPDATE iris.iris_chat_sessions SET last_message_at = \(Self.now) - interval '100 days', summary = 's', "
        + "summarised_until = \(Self.now) - interval '400 days'")
    #expect(try purge() == ["messages": 1, "feedback": 1, "summaries": 1])
    #expect(try test.text("SELECT num_nulls(summary, summarised_until) FROM iris.iris_chat_sessions") == "2")
  }

  @Test func `the mark of a deleted conversation lasts 30 days`() throws {
    try test.execute(
      """
      INSERT INTO iris.iris_chat_sessions (user_id, session_id, deleted_at, last_message_at)
      SELECT $1::uuid, gen_random_uuid(), \(Self.now) - interval '30 days' + s, \(Self.now)
        FROM unnest(ARRAY['1 second', '-1 second']::interval[]) s
      """, [user.id])
    #expect(try purge() == ["deleted_conversations": 1])
  }

  /// A row whose moment is `%`, the kind it counts as, and its days.
  private static let rows: [(kind: String, days: Int, sql: String)] = [
    ("events", 395, "INSERT INTO iris.iris_events (event_type, timestamp) VALUES ('x', %)"),
    ("errors", 90, "INSERT INTO iris.iris_errors (error_type, error_message, timestamp) VALUES ('x', 'y', %)"),
    (
      "error_groups", 90,
      "INSERT INTO iris.error_groups (fingerprint, error_type, error_message, first_at, last_at, count) VALUES ('f', 'x', 'y', %, %, 1)"
    ),
    ("alerts", 395, "INSERT INTO iris.alerts (kind, subject, first_at, last_at) VALUES ('k', 's', %, %)"),
    (
      "resolved_alerts", 90,
      "INSERT INTO iris.alerts (kind, subject, first_at, last_at, resolved_at) VALUES ('k', 's', %, %, %)"
    ),
    ("user_minute_usage", 1, "INSERT INTO iris.user_minute_usage SELECT id, ARRAY[%] FROM iris.accounts"),
  ]

  @Test(arguments: rows.indices) func `a record goes when its days are over and not a second before`(index: Int) throws
  {
    let (kind, days, sql) = Self.rows[index]
    let limit = "\(Self.now) - interval '\(days) days'"
    try test.execute(sql.replacing("%", with: "(\(limit) + interval '1 second')"))
    #expect(try purge() == [:])
    #expect(try purge(at: "\(Self.now) + interval '2 seconds'") == [kind: 1])
  }

  @Test func `counters of days go by days`() throws {
    for sql in [
      "INSERT INTO iris.user_daily_usage (user_id, date, tier_at_time) SELECT id, d, 'free' FROM iris.accounts, %",
      "INSERT INTO iris.daily_spend (date, shard, cost_micro) SELECT d, 1, 1 FROM %",
    ] {
      try test.execute(
        sql.replacing(
          "%", with: "generate_series(date '2038-02-12', '2038-02-15', interval '1 day') AS g(t), date(t) d"))
    }
    // 395 days before 15 March 2039 is 13 February 2038: the counter of a day goes when the whole of it is past.
    #expect(try purge() == ["user_daily_usage": 1, "daily_spend": 2])
  }

  @Test func `what is left behind by a run that was killed goes with the next`() throws {
    for day in 370..<380 { try plant(at: "\(Self.now) - interval '\(day) days'") }
    // The messages went, and nothing else.
    try test.execute("DELETE FROM iris.iris_messages")
    #expect(try purge(batch: 4) == ["feedback": 4, "conversations": 4])
    #expect(try purge(batch: 4) == ["feedback": 4, "conversations": 4])
    #expect(try purge(batch: 4) == ["feedback": 2, "conversations": 2])
    #expect(try purge(batch: 4) == [:])
  }

  @Test func `what somebody works with goes another time`() throws {
    for day in 370..<373 { try plant(at: "\(Self.now) - interval '\(day) days'") }
    let other = try test.connect()
    _ = try other.run("BEGIN", deadline: TestDatabase.deadline())
    _ = try other.run("SELECT 1 FROM iris.iris_messages LIMIT 1 FOR UPDATE", deadline: TestDatabase.deadline())
    #expect(try purge()["messages"] == 2)
    _ = try other.run("ROLLBACK", deadline: TestDatabase.deadline())
    #expect(try purge() == ["messages": 1, "conversations": 1])
  }

  @Test func `two at once do the work of one`() throws {
    try test.execute(
      "INSERT INTO iris.iris_chat_sessions (user_id, session_id, last_message_at) "
        + "SELECT $1::uuid, gen_random_uuid(), now() - interval '2 years' FROM generate_series(1, 400)", [user.id])
    let keep = Self.keep
    let gone = try test.allAtOnce(3) { connection, _ in
      var gone = 0
      for _ in 1...20 {
        let sql = "SELECT iris.purge_past($1, 30)->>'conversations'"
        gone += try connection.run(sql, [keep], deadline: TestDatabase.deadline()).integer(0) ?? 0
      }
      return gone
    }
    #expect(gone.reduce(0, +) == 400)
    #expect(try count("iris_chat_sessions") == 0)
  }

  @Test func `records are never kept for less than a day, whoever asks`() throws {
    let database = try test.makeDatabase()
    var keep = RetentionRules.keepSeconds(eventDays: 1, messageDays: 1, errorDays: 1)
    #expect(try RetentionStore(database: database).purge(keep: keep, batch: 1)["events"] == 0)
    let century = RetentionRules.keepSeconds(eventDays: 36_500, messageDays: 36_500, errorDays: 36_500)
    #expect(try RetentionStore(database: database).purge(keep: century, batch: 1)["events"] == 0)
    keep["events"] = 86_399
    #expect(throws: StoreError.refused(sqlState: "P0001")) {
      _ = try RetentionStore(database: database).purge(keep: keep, batch: 1)
    }
  }

  /// `maintain` on each of 120 days, with a shortened retention: what is there at the end is what the last days made.
  @Test func `over 120 days nothing grows that should not`() throws {
    let keep = JSONBytes(JSONObject(RetentionRules.keepSeconds(eventDays: 40, messageDays: 30, errorDays: 20))).text
    try test.execute(
      """
      CREATE FUNCTION pg_temp.live(day date) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
          moment CONSTANT timestamptz := day + time '12:00';
          months CONSTANT jsonb := '{"iris_messages": 30, "iris_events": 40, "iris_errors": 20}';
          month  text;
          parent text;
          days   integer;
      BEGIN
          PERFORM iris.ensure_partitions(day, 3);
          INSERT INTO iris.iris_events (event_type, timestamp) SELECT 'x', moment FROM generate_series(1, 5);
          INSERT INTO iris.iris_errors (error_type, error_message, timestamp, recorded_at) VALUES ('x', 'y ' || day, moment, moment);
          INSERT INTO iris.daily_spend VALUES (day, 1, 1);
          INSERT INTO iris.alerts (kind, subject, first_at, last_at, resolved_at)
          VALUES ('k', day, moment, moment, CASE WHEN day = date_trunc('month', day) THEN moment END);
          INSERT INTO iris.user_daily_usage (user_id, date, tier_at_time) SELECT id, day, 'free' FROM iris.accounts;
          INSERT INTO iris.iris_chat_sessions (user_id, session_id, last_message_at, deleted_at)
          SELECT id, gen_random_uuid(), moment, CASE WHEN extract(day FROM day) > 15 THEN moment END FROM iris.accounts;
          INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status)
          SELECT i.id, c.session_id, c.user_id, i.id, 'user', 'x', moment, 'complete'
            FROM (SELECT overlay(iris.uuid_v7_floor(moment)::text PLACING right(gen_random_uuid()::text, 12) FROM 25)::uuid) i(id),
                 iris.iris_chat_sessions c WHERE c.last_message_at = moment AND c.deleted_at IS NULL;
          PERFORM iris.group_errors(30, 1000, moment + interval '1 hour');
          FOR parent, days IN SELECT * FROM jsonb_each_text(months) LOOP
              month := iris.detach_month_at(parent, days, moment);
              IF month IS NOT NULL THEN PERFORM iris.drop_month(month, NULL); END IF;
          END LOOP;
          PERFORM iris.purge_past('\(keep)', 1000, moment);
          PERFORM iris.purge_records_at('\(keep)', 1000, moment);
      END $$
      """)
    // The partitions of now would be from before the story.
    try test.execute("SELECT iris.ensure_partitions('2041-01-01', 1)")
    try test.execute("SELECT pg_temp.live(d::date) FROM generate_series(date '2041-01-01', '2041-04-30', '1 day') d")
    let limits = [
      // Whole months: the days, and the month in which the last of them lies.
      ("iris_events", 5 * (40 + 31)), ("iris_errors", 20 + 31),
      ("iris_messages", 31), ("iris_chat_sessions", 31 + 31), ("user_daily_usage", 41), ("daily_spend", 41),
      ("alerts", 41), ("error_groups", 21),
    ]
    for (table, most) in limits {
      let rows = try #require(try count(table))
      #expect((1...most).contains(rows), "\(table): \(rows)")
    }
    for table in ["iris_messages_rest", "iris_events_rest", "iris_errors_rest"] { #expect(try count(table) == 0) }
    let months = try test.integer(
      "SELECT count(*) FROM pg_class WHERE relnamespace = 'iris'::regnamespace AND relname ~ '^iris_[a-z]+_2041[0-9]{2}$'"
    )
    #expect(try #require(months) <= 3 * (3 + 3))
  }
}
