import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Many workers at once: no limit is passed by even one.
@Suite(.needsDatabase, .serialized) struct QuotaRaceTests {
  let database: TestDatabase
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    user = try TestUser(database)
  }

  /// Asks once on each of so many connections, all at the same moment.
  /// - Parameter charge: how those that were let through are settled; nil: they stay reserved.
  /// - Returns: how often each outcome came.
  private func rush(
    _ count: Int, rules: ChatSQL.Rules = ChatSQL.Rules(), charge: String? = nil
  ) throws -> [String: Int] {
    let user = user
    let outcomes = try database.allAtOnce(count) { connection, _ in
      let sql = ChatSQL(connection)
      let begun = try sql.begin(user, rules: rules)
      if begun.outcome == "reserved", let charge { try sql.finish(begun, charge: charge) }
      return begun.outcome ?? "none"
    }
    return outcomes.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  @Test func `of forty simultaneous messages of a free user three pass`() throws {
    #expect(try rush(40) == ["reserved": 3, "rate_limited": 37])
    #expect(try database.integer("SELECT count(*) FROM iris.quota_reservations") == 3)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages") == 3)
  }

  @Test func `ten a day, however the minutes are reset`() throws {
    var passed = 0
    for _ in 1...6 {
      passed += try rush(12, charge: "yes")["reserved", default: 0]
      try database.clearMinute(of: user)
    }
    #expect(passed == 10)
    #expect(try database.charged(user) == 10)
  }

  @Test func `reserved places count while answers are written`() throws {
    #expect(
      try rush(30, rules: ChatSQL.Rules(freeDay: 7, freeMinute: nil)) == ["reserved": 7, "daily_quota_exceeded": 23])
  }

  @Test func `settlements and questions at once never charge more than the day has`() throws {
    let user = user
    let rules = ChatSQL.Rules(freeMinute: nil)
    let passed = try database.allAtOnce(8) { connection, _ in
      let sql = ChatSQL(connection)
      var count = 0
      for _ in 1...6 {
        let begun = try sql.begin(user, rules: rules)
        guard begun.outcome == "reserved" else { continue }
        try sql.finish(begun)
        count += 1
      }
      return count
    }
    #expect(passed.reduce(0, +) == 10)
    #expect(try database.charged(user) == 10)
  }

  @Test func `forty readers who leave before the end never pass the day`() throws {
    let user = user
    let rules = ChatSQL.Rules(freeMinute: nil)
    let passed = try database.allAtOnce(40) { connection, _ in
      let sql = ChatSQL(connection)
      let begun = try sql.begin(user, rules: rules)
      if begun.outcome == "reserved" { try sql.finish(begun, status: "partial") }
      return begun.outcome == "reserved"
    }
    #expect(passed.filter { $0 }.count == 10)
    #expect(try database.charged(user) == 10)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages WHERE status = 'partial'") == 20)
  }

  @Test func `of simultaneous withheld answers five are free`() throws {
    let rules = ChatSQL.Rules(freeDay: nil, freeMinute: nil)
    #expect(try rush(12, rules: rules, charge: "blocked") == ["reserved": 12])
    #expect(try database.charged(user) == 7)
  }

  @Test func `a settlement sent by twenty workers at once counts once`() throws {
    let begun = try ChatSQL(database).begin(user)
    _ = try database.allAtOnce(20) { connection, _ in try ChatSQL(connection).finish(begun).used ?? -1 }
    #expect(try database.charged(user) == 1)
    #expect(try database.integer("SELECT message_count FROM iris.iris_chat_sessions") == 1)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages") == 2)
  }
}
