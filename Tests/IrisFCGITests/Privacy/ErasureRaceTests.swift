import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// An erasure among everything else that is written for its user at the same moment: nothing is left that nobody owns, and
/// nothing waits in a circle.
@Suite(.needsDatabase, .serialized) struct ErasureRaceTests {
  let database: TestDatabase
  private static let rules = ChatSQL.Rules(freeDay: nil, freeMinute: nil)
  private static let keyed = ChatSQL.Extras(key: "k1", cacheKey: "aa01")

  init() throws { database = try TestDatabase() }

  /// What stands there when the race begins.
  private struct Ground: Sendable {
    let user: TestUser
    let neighbour: TestUser
    let conversation: String
    let message: String
    let pending: ChatSQL.Begun
    let abandoned: ChatSQL.Begun
    let doomed: String
  }

  private func ground() throws -> Ground {
    let (user, neighbour) = (try TestUser(database), try TestUser(database))
    let sql = try ChatSQL(database)
    let first = try sql.chat(user, rules: Self.rules)
    let doomed = try sql.chat(user, rules: Self.rules).conversation
    let pending = try sql.begin(user, conversation: first.conversation, rules: Self.rules, extras: Self.keyed)
    let abandoned = try sql.begin(
      user, conversation: first.conversation, rules: Self.rules, extras: ChatSQL.Extras(key: "k2"))
    for (owner, key) in [(user, "\\xaa01"), (neighbour, "\\xaa02"), (user, "\\xbb01")] {
      try Self.cache(sql.connection, owner, key)
    }
    return Ground(
      user: user, neighbour: neighbour, conversation: first.conversation, message: first.turn, pending: pending,
      abandoned: abandoned, doomed: doomed)
  }

  private static func call(_ connection: PostgresConnection, _ sql: String, _ parameters: [String?]) throws {
    _ = try connection.run(sql, parameters, deadline: TestDatabase.deadline(seconds: 60))
  }

  private static func cache(_ connection: PostgresConnection, _ user: TestUser, _ key: String) throws {
    // A set of one row: each call also takes somebody's away.
    try call(
      connection, "SELECT iris.cache_answer($1, 'free', $2, 'a', 'm', 0.5, 'cv', 'complete', 600, 1)", [key, user.id])
  }

  private static func erase(_ connection: PostgresConnection, _ user: TestUser) throws {
    try call(
      connection, "SELECT iris.erase_account($1, NULL, $2, '\\x01', NULL, 8, '{}', 'Europe/Paris', '[]', '[]')",
      [user.id, user.email])
  }

  /// What the users' workers do, each on a connection of its own.
  private static let work: [@Sendable (ChatSQL, Ground) throws -> Void] = [
    { sql, ground in try erase(sql.connection, ground.user) },
    { sql, ground in try sql.chat(ground.user, conversation: ground.conversation, rules: rules) },
    { sql, ground in try sql.chat(ground.user, conversation: ground.conversation, rules: rules) },
    { sql, ground in try sql.chat(ground.user, rules: rules) },
    { sql, ground in _ = try sql.begin(ground.user, rules: rules, extras: keyed) },
    { sql, ground in try sql.finish(ground.pending, ChatSQL.Settlement(spend: 3, document: "{}")) },
    { sql, ground in try sql.abandon(ground.abandoned) },
    { sql, ground in
      try call(
        sql.connection, "SELECT iris.put_feedback($1, $2, $3, 5::smallint, 'x', $4)",
        [
          ground.user.id, ground.user.session, ground.message,
          #"{"id":"\#(try TestID.make())","event_type":"feedback","metadata":{}}"#,
        ])
    },
    { sql, ground in
      try call(
        sql.connection, "SELECT iris.put_context($1, $2, 'cv', '{}', 5)", [ground.user.id, ground.user.session])
    },
    { sql, ground in
      try call(
        sql.connection, "SELECT iris.store_summary($1, $2, 's', $3, NULL, 1, '[]', 'Europe/Paris')",
        [ground.user.id, ground.conversation, ground.message])
    },
    { sql, ground in
      try call(
        sql.connection, "SELECT iris.delete_conversation($1, $2, $3)",
        [ground.user.id, ground.user.session, ground.doomed])
    },
    { sql, ground in for key in ["\\xbb02", "\\xaa03"] { try cache(sql.connection, ground.user, key) } },
    { sql, ground in for key in ["\\xaa04", "\\xbb01"] { try cache(sql.connection, ground.neighbour, key) } },
    { sql, ground in _ = try sql.begin(ground.neighbour, rules: rules, extras: keyed) },
  ]

  @Test func `whoever comes first, no row outlives its account`() throws {
    var met: Set<String> = []
    for _ in 1...25 {
      let ground = try ground()
      let states = try database.allAtOnce(Self.work.count) { connection, index in
        // Some before, some after, most in the middle of it.
        try Self.call(connection, "SELECT pg_sleep(random() * 0.008)", [])
        do throws(any Error) {
          try Self.work[index](ChatSQL(connection), ground)
          return "fine"
        } catch PostgresError.refused(let state, _) {
          return state
        }
      }
      met.formUnion(states)
      let left = try database.column(
        """
        SELECT 'message' FROM iris.iris_messages WHERE user_id = $1::uuid
        UNION ALL SELECT 'account' FROM iris.accounts WHERE id = $1::uuid
        UNION ALL SELECT 'conversation' FROM iris.iris_chat_sessions WHERE user_id = $1::uuid
        UNION ALL SELECT 'message without conversation' FROM iris.iris_messages m
          WHERE NOT EXISTS (SELECT 1 FROM iris.iris_chat_sessions c WHERE c.session_id = m.session_id)
        """, [ground.user.id])
      #expect(left.isEmpty)
    }
    // A foreign key refuses what comes too late; 40P01 would be a deadlock.
    #expect(met.isSubset(of: ["fine", "23503"]), "\(met)")
  }

  @Test func `it locks sessions in the order in which they are ended`() throws {
    let user = try TestUser(database)
    let (first, last) = ("00000000-0000-7000-8000-000000000001", "ffffffff-ffff-7fff-bfff-ffffffffffff")
    // The later one stands before the other in the table.
    for session in [last, first] {
      try database.execute(
        "INSERT INTO iris.sessions (id, account_id, expires_at) VALUES ($1, $2, now() + interval '1 h')",
        [session, user.id])
    }
    let outcomes = try database.allAtOnce(2) { connection, index in
      guard index == 0 else {
        try Self.call(connection, "SELECT pg_sleep(0.1)", [])
        try Self.erase(connection, user)
        return "erased"
      }
      let lock = "SELECT 1 FROM iris.sessions WHERE id = $1::uuid FOR NO KEY UPDATE"
      for (sql, parameters) in [("BEGIN", []), (lock, [first]), ("SELECT pg_sleep(0.4)", []), (lock, [last])] {
        try Self.call(connection, sql, parameters)
      }
      try Self.call(connection, "COMMIT", [])
      return "ended"
    }
    #expect(outcomes == ["ended", "erased"])
  }

  @Test func `an erasure and the end of all sessions never wait for each other`() throws {
    let user = try TestUser(database)
    // The higher its id, the earlier it was written: an erasure meets them in the one order, who ends them in the other.
    let others = try [1, 2].map { try TestID.make(secondsAgo: $0) }
    for session in others {
      try database.execute(
        "INSERT INTO iris.sessions (id, account_id, expires_at) VALUES ($1::uuid, $2::uuid, now() + interval '1 day')",
        [session, user.id])
    }
    // Both are stopped half-way, at the session in the middle.
    let (url, holder) = (database.url, try database.connect())
    try Self.call(holder, "BEGIN", [])
    let process = try holder.run(
      "SELECT pg_backend_pid() FROM iris.sessions WHERE id = $1 FOR UPDATE", [others[0]],
      deadline: TestDatabase.deadline()
    ).text(0)
    let states = try concurrently(3) { index in
      let connection = try PostgresConnection(
        conninfo: url, prepares: false, deadline: TestDatabase.deadline(seconds: 30))
      do throws(any Error) {
        switch index {
        case 0: try Self.call(connection, "SELECT iris.end_sessions($1, NULL)", [user.id])
        case 1: try Self.call(connection, "DELETE FROM iris.accounts WHERE id = $1::uuid", [user.id])
        default: try Self.end(process, whenWaiting: 2, connection)
        }
        return "fine"
      } catch PostgresError.refused(let state, _) {
        return state
      }
    }
    #expect(states == ["fine", "fine", "fine"])
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 0)
  }

  /// Ends a connection, and with it its locks, once so many others wait for some lock.
  private static func end(
    _ process: String?, whenWaiting count: Int, _ connection: PostgresConnection
  ) throws {
    let sql = """
      SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
      """
    while try connection.run(sql, deadline: TestDatabase.deadline()).integer(0) != count {
      try call(connection, "SELECT pg_sleep(0.01)", [])
    }
    try call(connection, "SELECT pg_terminate_backend($1, 5000)", [process])
  }
}
