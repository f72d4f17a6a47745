import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// The rolling summary of a premium conversation: what it holds is no longer told turn by turn.
@Suite(.needsDatabase) struct SummaryTests {
  let database: TestDatabase
  let store: ChatStore
  let sql: ChatSQL

  private static let limits = Limits(
    free: TierLimits(messagesPerDay: nil, messagesPerMinute: nil, lettersPerMonth: nil),
    premium: TierLimits(messagesPerDay: nil, messagesPerMinute: nil, lettersPerMonth: nil))

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
    store = ChatStore(database: try database.makeDatabase(), timeZone: ChatSQL.zone)
  }

  /// A conversation of so many answered turns, a second apart.
  private func conversation(of user: TestUser, turns count: Int) throws -> String {
    let rules = ChatSQL.Rules(freeDay: nil, freeMinute: nil, premiumMinute: nil)
    var place: String?
    for number in 0..<count {
      let begun = try sql.begin(
        user, conversation: place, text: "Q\(number)", rules: rules, askedSecondsAgo: count - number + 1)
      place = begun.conversation
      try sql.finish(begun, answer: "A\(number)")
    }
    return try #require(place)
  }

  private func ground(_ user: TestUser, _ conversation: String) throws -> ChatStore.Ground {
    let question = ChatStore.Question(
      user: user.id, session: user.session, conversation: conversation, isNewConversation: false,
      turn: try TestID.make(), id: try TestID.make(), text: "Q", topic: .cv)
    guard case .reserved(let ground) = try store.begin(question, limits: Self.limits, lapseSeconds: 45) else {
      throw Problem(.internalError)
    }
    return ground
  }

  private func keep(
    _ summary: String, _ user: TestUser, _ place: String, through turn: Turn, expected: String?
  ) throws -> Bool {
    try store.storeSummary(
      summary, conversation: place, user: user.id, through: try #require(turn.id), expected: expected)
  }

  @Test func `premium hears the summary and the turns after it`() throws {
    let user = try TestUser(database, tier: .premium)
    let place = try conversation(of: user, turns: 8)
    let before = try ground(user, place)
    #expect(before.summary == nil && before.summarisedUntil == nil && before.turns.count == 8)
    #expect(try keep("S1", user, place, through: before.turns[4], expected: nil))
    let after = try ground(user, place)
    #expect(after.summary == "S1" && after.turns == Array(before.turns[5...]))
    #expect(after.turnCount == 8)
    #expect(try keep("S2", user, place, through: before.turns[7], expected: after.summarisedUntil))
    let last = try ground(user, place)
    #expect(last.summary == "S2" && last.turns.isEmpty)
  }

  @Test func `free hears the last four turns and no summary`() throws {
    let user = try TestUser(database, tier: .premium)
    let place = try conversation(of: user, turns: 6)
    let turns = try ground(user, place).turns
    #expect(try keep("S1", user, place, through: turns[5], expected: nil))
    try database.execute("UPDATE iris.accounts SET tier = 'free'")
    let free = try ground(user, place)
    #expect(free.summary == nil && free.summarisedUntil == nil)
    #expect(free.turns == Array(turns[2...]))
  }

  @Test func `who made theirs on an older one is too late`() throws {
    let user = try TestUser(database, tier: .premium)
    let place = try conversation(of: user, turns: 4)
    let seen = try ground(user, place)
    #expect(try keep("first", user, place, through: seen.turns[1], expected: seen.summarisedUntil))
    #expect(try !keep("late", user, place, through: seen.turns[2], expected: seen.summarisedUntil))
    #expect(try ground(user, place).summary == "first")
  }

  @Test func `it never goes back`() throws {
    let user = try TestUser(database, tier: .premium)
    let place = try conversation(of: user, turns: 3)
    let turns = try ground(user, place).turns
    #expect(try keep("S", user, place, through: turns[1], expected: nil))
    let expected = try ground(user, place).summarisedUntil
    #expect(try !keep("T", user, place, through: turns[1], expected: expected))
    #expect(try !keep("T", user, place, through: turns[0], expected: expected))
  }

  @Test func `another's, another conversation's and a deleted one are left alone`() throws {
    let (user, other) = (try TestUser(database, tier: .premium), try TestUser(database, tier: .premium))
    let (place, elsewhere) = (try conversation(of: user, turns: 2), try conversation(of: user, turns: 2))
    let turns = try ground(user, place).turns
    #expect(try !keep("S", other, place, through: turns[0], expected: nil))
    #expect(try !keep("S", user, elsewhere, through: turns[0], expected: nil))
    try database.execute("UPDATE iris.iris_chat_sessions SET deleted_at = now()")
    #expect(try !keep("S", user, place, through: turns[0], expected: nil))
  }

  @Test func `of ten who keep one at once one does`() throws {
    let user = try TestUser(database, tier: .premium)
    let place = try conversation(of: user, turns: 2)
    let turn = try #require(try ground(user, place).turns[0].id)
    let kept = try database.allAtOnce(10) { connection, index in
      let row = try connection.run(
        "SELECT iris.store_summary($1, $2, $3, $4, NULL, 0, '[]', 'UTC')", [user.id, place, "S\(index)", turn],
        deadline: TestDatabase.deadline(seconds: 30))
      return row.boolean(0) == true ? index : nil
    }.compactMap { $0 }
    #expect(kept.count == 1)
    #expect(try ground(user, place).summary == "S\(kept[0])")
  }
}
