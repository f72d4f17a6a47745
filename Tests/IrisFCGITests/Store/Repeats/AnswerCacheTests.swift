import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

extension ChatSQL {
  /// Keeps an answer for all.
  func cache(
    _ key: String, tier: String = "free", of user: TestUser, answer: String = "Bien sûr.", ttl: Int = 3_600,
    rows: Int = 10_000
  ) throws {
    _ = try connection.run(
      "SELECT iris.cache_answer($1, $2, $3, $4, 'model-1', 0.875, 'cv', 'complete', $5, $6)",
      ["\\x" + key, tier, user.id, answer, String(ttl), String(rows)], deadline: TestDatabase.deadline(seconds: 60))
  }
}

/// Answers that serve whoever asks the same.
@Suite(.needsDatabase, .serialized) struct AnswerCacheTests {
  let database: TestDatabase
  let sql: ChatSQL
  let author: TestUser
  let reader: TestUser

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
    author = try TestUser(database)
    reader = try TestUser(database)
  }

  private func ask(
    _ user: TestUser? = nil, conversation: String? = nil, rules: ChatSQL.Rules = ChatSQL.Rules(), app: String? = nil,
    key: String? = "07aa", idempotency: String? = nil
  ) throws -> ChatSQL.Begun {
    try sql.begin(
      user ?? reader, conversation: conversation, rules: rules,
      extras: ChatSQL.Extras(app: app, key: idempotency, cacheKey: key))
  }

  private func rows() throws -> Int? { try database.integer("SELECT count(*) FROM iris.answer_cache") }

  @Test func `another user's first question gets the answer, for a place of the minute and none of the day`() throws {
    try sql.cache("07aa", of: author, answer: "« Oui »\n🤝")
    let begun = try ask()
    #expect(begun.outcome == "cached" && begun.minuteUsed == 1 && begun.dayReserved == 0 && begun.dayUsed == 0)
    let answer = try StrictJSON.parse(Array((begun.cached ?? "").utf8))
    #expect(answer["answer"]?.text == "« Oui »\n🤝" && answer["model"]?.text == "model-1")
    #expect(answer["confidence"]?.number == 0.875 && answer["topic"]?.text == "cv")
    #expect(answer["finish"]?.text == "complete")
    #expect(try database.integer("SELECT count(*) FROM iris.quota_reservations") == 0)
    #expect(try database.integer("SELECT hits FROM iris.answer_cache") == 1)
    #expect(try sql.finish(begun, charge: "no").used == 0)
    #expect(try database.status(begun) == "complete")
    let next = try sql.begin(reader, conversation: begun.conversation)
    #expect(next.turns == 1 && next.history != nil)
  }

  @Test func `what is not asked in the same way is not served`() throws {
    let rules = ChatSQL.Rules(freeMinute: nil)
    try sql.cache("07aa", of: author)
    let place = try sql.chat(reader).conversation
    let premium = try TestUser(database, tier: .premium)
    #expect(try ask(rules: rules, key: "07ab").outcome == "reserved")
    #expect(try ask(rules: rules, key: nil).outcome == "reserved")
    #expect(try ask(conversation: place, rules: rules).outcome == "reserved")
    #expect(try ask(rules: rules, app: "cv").outcome == "reserved")
    #expect(try ask(premium, rules: rules).outcome == "reserved")
    #expect(try database.integer("SELECT hits FROM iris.answer_cache") == 0)
    #expect(try ask(rules: rules).outcome == "cached")
  }

  @Test(arguments: [
    "current_job = 'x'", "target_job = 'x'", "sector = 'x'", "experience_years = 0", "region = 'x'",
    "goals = 'x'",
  ])
  func `who tells anything about their career is not served`(profile: String) throws {
    try sql.cache("07aa", of: author)
    try database.execute("UPDATE iris.accounts SET \(profile) WHERE id = $1::uuid", [reader.id])
    #expect(try ask().outcome == "reserved")
  }

  @Test func `a name, which no model is told, keeps nobody from being served`() throws {
    try sql.cache("07aa", of: author)
    try database.execute("UPDATE iris.accounts SET name = 'Ada' WHERE id = $1::uuid", [reader.id])
    #expect(try ask().outcome == "cached")
  }

  @Test func `a full day and a full minute refuse first`() throws {
    try sql.cache("07aa", of: author)
    try database.setCharged(reader, 10)
    #expect(try ask().outcome == "daily_quota_exceeded")
    let other = try TestUser(database)
    for _ in 1...3 { #expect(try ask(other).outcome == "cached") }
    #expect(try ask(other).outcome == "rate_limited")
  }

  @Test func `an answer lives as long as it is told, and a newer one replaces it`() throws {
    try sql.cache("07aa", of: author, ttl: -1)
    #expect(try ask().outcome == "reserved")
    try sql.cache("07aa", of: author, answer: "neuf")
    #expect(try rows() == 1)
    #expect(try ask().cached?.contains("neuf") == true)
  }

  @Test func `it goes with the account whose question made it`() throws {
    try sql.cache("07aa", of: author)
    try sql.cache("07ab", of: reader)
    try database.execute("DELETE FROM iris.accounts WHERE id = $1::uuid", [author.id])
    #expect(try rows() == 1)
    try sql.cache("07aa", of: author)
    #expect(try rows() == 1)
    #expect(try ask().outcome == "reserved")
  }

  @Test func `a cached answer is kept for repeats of its key`() throws {
    try sql.cache("07aa", of: author)
    let begun = try ask(idempotency: "k1")
    #expect(begun.outcome == "cached")
    #expect(try ask(idempotency: "k1").outcome == "in_progress")
    try sql.finish(begun, charge: "no", ChatSQL.Settlement(document: "{}"))
    #expect(try ask(idempotency: "k1").outcome == "replayed")
  }

  @Test func `each set keeps its newest, the edges included`() throws {
    for set in ["00", "7f", "ff"] {
      for number in ["01", "02", "03", "04"] { try sql.cache(set + number, of: author, rows: 512) }
    }
    let kept = try database.column("SELECT encode(key, 'hex') FROM iris.answer_cache ORDER BY key")
    #expect(kept == ["0003", "0004", "7f03", "7f04", "ff03", "ff04"])
    #expect(AnswerCacheRules.maximumRows >= 256)
  }

  @Test func `what has expired goes when another one comes`() throws {
    for number in 10...15 { try sql.cache("a0\(number)", of: author, ttl: -1) }
    try sql.cache("b001", of: author)
    #expect(try rows() == 1)
  }

  @Test func `stores at once never make it larger`() throws {
    let author = author
    _ = try database.allAtOnce(16) { connection, worker in
      let sql = ChatSQL(connection)
      // Every set is filled by all of them at about the same moment, and never touched again.
      for set in 0..<40 { try sql.cache(Hex.encode([UInt8(set), UInt8(worker)]), of: author, rows: 512) }
    }
    #expect(try rows() == 80)
  }
}
