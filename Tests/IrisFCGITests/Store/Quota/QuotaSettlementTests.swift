import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `iris.finish_chat` and `iris.abandon_chat`: what an answered turn costs and leaves behind.
@Suite(.needsDatabase) struct QuotaSettlementTests {
  let database: TestDatabase
  let sql: ChatSQL
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
    user = try TestUser(database)
  }

  private func count(_ table: String, where condition: String = "true") throws -> Int? {
    try database.integer("SELECT count(*) FROM iris.\(table) WHERE \(condition)")
  }

  private static func event(_ id: String) -> String {
    #"[{"id":"\#(id)","user_id":"u1","event_type":"chat_response","metadata":{"a":1},"session_id":"s1"}]"#
  }

  @Test func `an answered turn is charged once and kept whole`() throws {
    let begun = try sql.begin(user, text: "Ma question")
    let failure = #"[{"id":"\#(try TestID.make())","error_type":"t","error_message":"m","context":{"b":2}}]"#
    let counts = try sql.finish(
      begun, answer: "Sa réponse", events: Self.event(try TestID.make()), errors: failure)
    #expect(counts.used == 1 && counts.reserved == 0)
    #expect(try database.charged(user) == 1)
    #expect(try count("quota_reservations") == 0)
    #expect(try database.status(begun) == "complete")
    let said = try database.column("SELECT content FROM iris.iris_messages ORDER BY role DESC")
    #expect(said == ["Ma question", "Sa réponse"])
    let answer = try database.text(
      "SELECT concat_ws(' ', model, confidence, response_time_ms, tokens_in, tokens_out, tokens_cached IS NULL) "
        + "FROM iris.iris_messages WHERE id = $1::uuid AND role = 'assistant'", [begun.turn])
    #expect(answer == "model-1 0.8 100 30 12 t")
    let event = try database.text(
      "SELECT concat_ws(' ', user_id, event_type, metadata->>'a', session_id) FROM iris.iris_events")
    #expect(event == "u1 chat_response 1 s1")
    let error = try database.text(
      "SELECT concat_ws(' ', error_type, error_message, context->>'b', user_id IS NULL) FROM iris.iris_errors")
    #expect(error == "t m 2 t")
  }

  @Test func `a settlement that is sent twice counts once`() throws {
    let begun = try sql.begin(user)
    let events = Self.event(try TestID.make())
    let errors = #"[{"id":"\#(try TestID.make())","error_type":"t","error_message":"m","context":{}}]"#
    for _ in 1...2 {
      let counts = try sql.finish(begun, events: events, errors: errors)
      #expect(counts.used == 1 && counts.reserved == 0)
    }
    #expect(try database.charged(user) == 1)
    #expect(try count("iris_messages") == 2)
    #expect(try count("iris_events") == 1 && count("iris_errors") == 1)
    #expect(try database.text("SELECT message_count || ' ' || total_tokens FROM iris.iris_chat_sessions") == "1 42")
  }

  @Test func `a conversation's totals follow its turns`() throws {
    let first = try sql.begin(user)
    try sql.finish(first, milliseconds: 100, tokensIn: 10, tokensOut: 5)
    let second = try sql.begin(user, conversation: first.conversation)
    #expect(second.turns == 1)
    try sql.finish(second, milliseconds: 300, tokensIn: nil, tokensOut: nil)
    let totals = try database.text(
      "SELECT concat_ws(' ', message_count, total_tokens, avg_response_time) FROM iris.iris_chat_sessions")
    #expect(totals == "2 15 200")
  }

  @Test(arguments: ["fallback", "blocked", "complete", "truncated"])
  func `an answer that is free leaves the day as it was`(status: String) throws {
    let begun = try sql.begin(user)
    let counts = try sql.finish(begun, status: status, charge: "no")
    #expect(counts.used == 0 && counts.reserved == 0)
    #expect(try count("user_daily_usage") == 0)
    #expect(try database.status(begun) == status)
  }

  @Test func `five withheld answers a day are free, then they count`() throws {
    let rules = ChatSQL.Rules(freeMinute: nil)
    let charged = try (1...7).map { _ in
      let begun = try sql.begin(user, rules: rules)
      try sql.finish(begun, status: "blocked", charge: "blocked")
      return try database.charged(user)
    }
    #expect(charged == [0, 0, 0, 0, 0, 1, 2])
  }

  @Test func `withheld answers and answers share the day`() throws {
    let rules = ChatSQL.Rules(freeDay: 2, freeMinute: nil)
    try sql.chat(user, rules: rules)
    for _ in 1...6 {
      let begun = try sql.begin(user, rules: rules)
      #expect(begun.outcome == "reserved")
      try sql.finish(begun, status: "blocked", charge: "blocked")
    }
    #expect(try sql.begin(user, rules: rules).outcome == "daily_quota_exceeded")
  }

  @Test func `a lapsed reservation frees its place, and its late answer is still charged`() throws {
    let rules = ChatSQL.Rules(freeDay: 1)
    let slow = try sql.begin(user, rules: rules)
    #expect(try sql.begin(user, rules: rules).outcome == "daily_quota_exceeded")
    try database.execute("UPDATE iris.quota_reservations SET expires_at = now() - interval '1 second'")
    let next = try sql.begin(user, rules: rules)
    #expect(next.outcome == "reserved" && next.dayReserved == 1)
    #expect(try count("quota_reservations") == 1)
    #expect(try sql.finish(slow).used == 1)
    #expect(try sql.finish(next).used == 2)
  }

  @Test func `an answer is charged to the day of its question`() throws {
    let begun = try sql.begin(user)
    try database.execute("UPDATE iris.quota_reservations SET date = date - 1")
    let counts = try sql.finish(begun)
    #expect(counts.used == 0)
    #expect(try database.charged(user, daysAgo: 1) == 1)
    #expect(try database.charged(user) == 0)
  }

  @Test func `a late answer without a reservation is charged to the day of its question`() throws {
    let begun = try sql.begin(user, askedSecondsAgo: 2 * 86_400)
    try database.execute("DELETE FROM iris.quota_reservations")
    #expect(try sql.finish(begun).used == 0)
    #expect(try database.integer("SELECT sum(message_count) FROM iris.user_daily_usage") == 1)
    let day = try database.text(
      "SELECT date = (iris.uuid_v7_time($1::uuid) AT TIME ZONE 'Europe/Paris')::date FROM iris.user_daily_usage",
      [begun.question])
    #expect(day == "t")
  }

  @Test func `a reservation lost in a crash of the server does not lose the turn`() throws {
    let begun = try sql.begin(user)
    for table in ["quota_reservations", "iris_messages", "iris_chat_sessions", "user_minute_usage"] {
      try database.execute("DELETE FROM iris.\(table)")
    }
    #expect(try sql.finish(begun).used == 1)
    #expect(try count("iris_messages", where: "status = 'complete'") == 2)
    #expect(try count("iris_chat_sessions", where: "message_count = 1") == 1)
  }

  @Test func `nothing is kept of an account erased meanwhile`() throws {
    let begun = try sql.begin(user)
    try database.execute("DELETE FROM iris.accounts")
    try database.execute("DELETE FROM iris.iris_messages")
    #expect(try sql.finish(begun, events: Self.event(try TestID.make())).used == 0)
    for table in ["iris_messages", "iris_chat_sessions", "user_daily_usage", "iris_events"] {
      #expect(try count(table) == 0, "\(table)")
    }
  }

  @Test func `an abandoned question gives its place back but not its minute`() throws {
    let rules = ChatSQL.Rules(freeDay: 1)
    let begun = try sql.begin(user, rules: rules)
    try sql.abandon(begun)
    #expect(try database.status(begun) == "abandoned")
    let next = try sql.begin(user, rules: rules)
    #expect(next.outcome == "reserved" && next.minuteUsed == 2)
  }

  @Test func `an answered question cannot be abandoned`() throws {
    let begun = try sql.chat(user)
    try sql.abandon(begun)
    #expect(try database.status(begun) == "complete")
    #expect(try database.charged(user) == 1)
  }

  @Test func `premium messages are counted too`() throws {
    let premium = try TestUser(database, tier: .premium)
    for _ in 1...3 { try sql.chat(premium) }
    #expect(try database.charged(premium) == 3)
    #expect(try database.text("SELECT tier_at_time FROM iris.user_daily_usage") == "premium")
  }
}
