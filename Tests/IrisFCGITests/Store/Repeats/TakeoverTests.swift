import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// A worker that died in mid-answer: the repeat runs once more, in its place.
@Suite(.needsDatabase, .serialized) struct TakeoverTests {
  let database: TestDatabase
  let sql: ChatSQL
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
    user = try TestUser(database)
  }

  private func ask(
    takeover: String? = nil, cacheKey: String? = nil, rules: ChatSQL.Rules = ChatSQL.Rules()
  ) throws -> ChatSQL.Begun {
    try sql.begin(user, rules: rules, extras: ChatSQL.Extras(key: "k1", takeover: takeover, cacheKey: cacheKey))
  }

  private func count(_ table: String) throws -> Int? { try database.integer("SELECT count(*) FROM iris.\(table)") }

  private static let kept = ChatSQL.Settlement(document: #"{"response":"x"}"#)

  @Test func `it has the place of the dead one, also on a full day`() throws {
    let rules = ChatSQL.Rules(freeDay: 1)
    let dead = try ask(rules: rules)
    #expect(try sql.begin(user, rules: rules).outcome == "daily_quota_exceeded")
    let heir = try ask(takeover: dead.turn, rules: rules)
    #expect(heir.outcome == "reserved" && heir.dayReserved == 1 && heir.minuteUsed == 2)
    #expect(try database.column("SELECT id::text FROM iris.quota_reservations") == [heir.turn])
    #expect(try database.status(dead) == "abandoned" && database.status(heir) == "pending")
    #expect(try sql.finish(heir, Self.kept).used == 1)
    #expect(try ask(rules: rules).knownTurn == heir.turn)
  }

  @Test func `a place of yesterday stays on yesterday`() throws {
    let dead = try ask()
    try database.execute("UPDATE iris.quota_reservations SET date = date - 1")
    let heir = try ask(takeover: dead.turn)
    #expect(heir.outcome == "reserved" && heir.dayReserved == 0)
    try sql.finish(heir)
    #expect(try database.charged(user, daysAgo: 1) == 1 && database.charged(user) == 0)
  }

  @Test func `who names another turn than the one that runs waits`() throws {
    let dead = try ask()
    let heir = try ask(takeover: dead.turn)
    let late = try ask(takeover: dead.turn)
    #expect(late.outcome == "in_progress" && late.knownTurn == heir.turn)
    #expect(try ask(takeover: try TestID.make()).outcome == "in_progress")
  }

  @Test func `a minute that is full is full for it too, and nothing changes`() throws {
    let rules = ChatSQL.Rules(freeMinute: 1)
    let dead = try ask(rules: rules)
    #expect(try ask(takeover: dead.turn, rules: rules).outcome == "rate_limited")
    #expect(try database.status(dead) == "pending")
    #expect(try ask(rules: rules).knownTurn == dead.turn)
  }

  @Test func `one that was not dead after all is neither charged nor kept`() throws {
    let slow = try ask()
    let heir = try ask(takeover: slow.turn)
    let event = #"[{"id":"\#(try TestID.make())","event_type":"chat_response","metadata":{}}]"#
    for _ in 1...2 { try sql.finish(slow, events: event, ChatSQL.Settlement(spend: 70, document: "{}")) }
    #expect(try database.charged(user) == 0 && count("iris_events") == 1)
    #expect(try database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") == 70)
    #expect(try database.status(slow) == "abandoned")
    try sql.abandon(slow)
    #expect(try ask().knownTurn == heir.turn)
    try sql.finish(heir, Self.kept)
    #expect(try database.charged(user) == 1)
    #expect(try database.column("SELECT id::text FROM iris.iris_messages WHERE role = 'assistant'") == [heir.turn])
  }

  @Test func `one whose answer was stored before it died is given as it was`() throws {
    let dead = try ask()
    try sql.finish(dead, Self.kept)
    let repeated = try ask(takeover: dead.turn)
    #expect(repeated.outcome == "replayed" && repeated.knownTurn == dead.turn)
  }

  @Test func `an answer that came into the cache meanwhile frees the place`() throws {
    let rules = ChatSQL.Rules(freeDay: 1)
    let dead = try ask(cacheKey: "0a0b", rules: rules)
    try sql.cache("0a0b", of: try TestUser(database))
    let heir = try ask(takeover: dead.turn, cacheKey: "0a0b", rules: rules)
    #expect(heir.outcome == "cached" && heir.dayReserved == 0)
    #expect(try count("quota_reservations") == 0)
  }

  @Test func `one whose answer is being stored at that moment is waited for`() throws {
    let user = user
    let dead = try ask()
    let url = database.url
    let outcomes = try concurrently(2) { index in
      let connection = try PostgresConnection(
        conninfo: url, prepares: false, deadline: TestDatabase.deadline(seconds: 30))
      let sql = ChatSQL(connection)
      if index == 0 {
        _ = try connection.run("BEGIN", deadline: TestDatabase.deadline())
        try sql.finish(dead, Self.kept)
        try Self.waitForLock(connection, "NOT granted")
        _ = try connection.run("COMMIT", deadline: TestDatabase.deadline())
        return "stored"
      }
      try Self.waitForLock(
        connection, "relation = 'iris.iris_events'::regclass AND mode = 'RowExclusiveLock'")
      return try sql.begin(user, extras: ChatSQL.Extras(key: "k1", takeover: dead.turn)).outcome ?? "none"
    }
    #expect(outcomes == ["stored", "replayed"])
    #expect(try database.charged(user) == 1)
  }

  /// Waits until somebody in this database, whose tables may have the ids of another test's, holds or wants such a lock.
  private static func waitForLock(_ connection: PostgresConnection, _ condition: String) throws {
    let sql = """
      SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND \(condition)
      """
    let deadline = TestDatabase.deadline(seconds: 20)
    while try connection.run(sql, deadline: deadline).integer(0) == 0 {
      _ = try connection.run("SELECT pg_sleep(0.01)", deadline: deadline)
    }
  }

  @Test func `of twenty simultaneous requests with one key one runs`() throws {
    let user = user
    let rules = ChatSQL.Rules(freeMinute: nil)
    let begun = try database.allAtOnce(20) { connection, _ in
      try ChatSQL(connection).begin(user, rules: rules, extras: ChatSQL.Extras(key: "k1"))
    }
    let winner = try #require(begun.first { $0.outcome == "reserved" })
    #expect(begun.filter { $0.outcome == "reserved" }.count == 1)
    #expect(begun.filter { $0.outcome == "in_progress" && $0.knownTurn == winner.turn }.count == 19)
    #expect(try count("quota_reservations") == 1 && count("iris_messages") == 1)
  }

  @Test func `of twenty who would take over one does`() throws {
    let user = user
    let rules = ChatSQL.Rules(freeDay: 1, freeMinute: nil)
    let dead = try ask(rules: rules)
    let begun = try database.allAtOnce(20) { connection, _ in
      try ChatSQL(connection).begin(user, rules: rules, extras: ChatSQL.Extras(key: "k1", takeover: dead.turn))
    }
    let heir = try #require(begun.first { $0.outcome == "reserved" })
    #expect(begun.filter { $0.outcome == "reserved" }.count == 1)
    #expect(begun.filter { $0.outcome == "in_progress" && $0.knownTurn == heir.turn }.count == 19)
    #expect(try database.column("SELECT id::text FROM iris.quota_reservations") == [heir.turn])
  }

  @Test func `settlements, repeats and takeovers at once end in one charge and no deadlock`() throws {
    let user = user
    let rules = ChatSQL.Rules(freeMinute: nil)
    let document = ChatSQL.Settlement(document: #"{"response":"x"}"#)
    _ = try database.allAtOnce(12) { connection, index in
      let sql = ChatSQL(connection)
      for round in 1...8 {
        let key = "k\((round + index) % 3)"
        var begun = try sql.begin(user, rules: rules, extras: ChatSQL.Extras(key: key))
        if begun.outcome == "in_progress", index % 2 == 0 {
          begun = try sql.begin(user, rules: rules, extras: ChatSQL.Extras(key: key, takeover: begun.knownTurn))
        }
        if begun.outcome == "reserved" { try sql.finish(begun, document) }
      }
    }
    #expect(try database.charged(user) == 3)
    #expect(try count("idempotency_keys") == 3)
    #expect(try count("quota_reservations") == 0)
  }
}
