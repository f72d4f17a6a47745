import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// A conversation that its user deletes while an answer is being written stays deleted.
@Suite(.needsDatabase) struct DeletedConversationTests {
  let database: TestDatabase
  let sql: ChatSQL
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
    user = try TestUser(database)
  }

  /// What deleting does to the tables.
  private func delete(_ conversation: String) throws {
    try database.execute(
      """
      UPDATE iris.iris_chat_sessions SET deleted_at = now(), summary = NULL, summarised_until = NULL
       WHERE session_id = $1::uuid
      """, [conversation])
    try database.execute("DELETE FROM iris.iris_messages WHERE session_id = $1::uuid", [conversation])
  }

  private func count(_ table: String) throws -> Int? { try database.integer("SELECT count(*) FROM iris.\(table)") }

  private static func event(_ id: String) -> String {
    #"[{"id":"\#(id)","user_id":"u1","event_type":"chat_response","metadata":{}}]"#
  }

  @Test func `it is not found`() throws {
    let begun = try sql.chat(user)
    try delete(begun.conversation)
    #expect(try sql.begin(user, conversation: begun.conversation).outcome == "not_found")
    #expect(try sql.begin(user).minuteUsed == 2)
  }

  @Test func `its answer is charged and told in events, once, and nothing is kept of it`() throws {
    let begun = try sql.begin(user, extras: ChatSQL.Extras(key: "k1"))
    try delete(begun.conversation)
    let event = Self.event(try TestID.make())
    for _ in 1...2 {
      let counts = try sql.finish(begun, events: event, ChatSQL.Settlement(spend: 5, document: "{}"))
      #expect(counts.used == 1 && counts.reserved == 0)
    }
    #expect(try count("iris_messages") == 0 && count("idempotency_keys") == 0)
    #expect(try count("iris_events") == 1 && count("quota_reservations") == 0)
    #expect(try database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") == 5)
    let row = try database.text(
      "SELECT concat_ws(' ', message_count, total_tokens, deleted_at IS NOT NULL) FROM iris.iris_chat_sessions")
    #expect(row == "0 0 t")
  }

  @Test func `its answer is charged once also when the reservation is gone`() throws {
    let begun = try sql.begin(user)
    try delete(begun.conversation)
    try database.execute("DELETE FROM iris.quota_reservations")
    let event = Self.event(try TestID.make())
    for _ in 1...2 { #expect(try sql.finish(begun, events: event).used == 1) }
    #expect(try database.charged(user) == 1)
  }

  @Test func `a turn settled before the deletion is not settled again after it`() throws {
    let begun = try sql.begin(user)
    let event = Self.event(try TestID.make())
    try sql.finish(begun, events: event)
    try delete(begun.conversation)
    try sql.finish(begun, events: event)
    #expect(try database.charged(user) == 1 && count("iris_messages") == 0)
  }

  @Test func `a question that was stored as it went is removed by its end`() throws {
    let (first, second) = (try sql.begin(user), try sql.begin(user))
    try database.execute("UPDATE iris.iris_chat_sessions SET deleted_at = now()")
    try sql.finish(first)
    try sql.abandon(second)
    #expect(try count("iris_messages") == 0)
  }

  @Test func `deletions and answers at once leave no word behind`() throws {
    let user = user
    let rules = ChatSQL.Rules(freeDay: nil, freeMinute: nil)
    let place = try sql.chat(user, rules: rules).conversation
    let url = database.url
    _ = try database.allAtOnce(12) { connection, index in
      let sql = ChatSQL(connection)
      let begun = try sql.begin(user, conversation: place, rules: rules)
      if index == 0 {
        let other = try PostgresConnection(conninfo: url, prepares: false, deadline: TestDatabase.deadline())
        let command = """
          DO $$ BEGIN
            UPDATE iris.iris_chat_sessions SET deleted_at = now() WHERE session_id = '\(place)';
            DELETE FROM iris.iris_messages WHERE session_id = '\(place)';
          END $$
          """
        _ = try other.run(command, deadline: TestDatabase.deadline(seconds: 30))
      }
      if begun.outcome == "reserved" { try sql.finish(begun) }
    }
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages WHERE session_id = $1::uuid", [place]) == 0)
    #expect(try count("quota_reservations") == 0)
  }
}
