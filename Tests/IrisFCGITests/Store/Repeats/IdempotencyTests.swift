import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `Idempotency-Key`: a request that comes twice is answered once.
@Suite(.needsDatabase) struct IdempotencyTests {
  let database: TestDatabase
  let sql: ChatSQL
  let user: TestUser

  private static let document = #"{"response":"« Oui »\n🤝","confidence":0.8,"a":  1}"#

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
    user = try TestUser(database)
  }

  private func ask(
    _ key: String = "k1", of user: TestUser? = nil, body: String = "b0d1", rules: ChatSQL.Rules = ChatSQL.Rules(),
    takeover: String? = nil
  ) throws -> ChatSQL.Begun {
    try sql.begin(
      user ?? self.user, rules: rules, extras: ChatSQL.Extras(key: key, bodyHash: body, takeover: takeover))
  }

  @discardableResult
  private func answer(
    _ begun: ChatSQL.Begun, status: String = "complete", charge: String = "yes", document: String? = Self.document
  ) throws -> (used: Int?, reserved: Int?) {
    try sql.finish(begun, status: status, charge: charge, ChatSQL.Settlement(document: document))
  }

  private func keys() throws -> Int? { try database.integer("SELECT count(*) FROM iris.idempotency_keys") }

  private func letTimePass(_ seconds: Int) throws {
    for table in ["idempotency_keys", "quota_reservations"] {
      try database.execute(
        "UPDATE iris.\(table) SET expires_at = expires_at - make_interval(secs => $1::integer)", [String(seconds)])
    }
  }

  @Test func `a repeat of a charged answer gets it back byte for byte and costs nothing`() throws {
    let first = try ask()
    #expect(first.outcome == "reserved")
    let counts = try answer(first)
    for _ in 1...4 {
      let again = try ask()
      #expect(again.outcome == "replayed" && again.knownTurn == first.turn)
      #expect(again.document == Self.document)
      #expect(again.minuteUsed == 1 && again.dayUsed == 1 && again.dayReserved == 0)
      #expect(try database.status(again) == nil)
    }
    let usage = try StrictJSON.parse(Array((try ask().documentUsage ?? "").utf8))
    #expect(usage["day_used"]?.number.map { Int($0) } == counts.used && usage["day_reserved"]?.number == 0)
    #expect(usage["day_limit"]?.number == 10 && usage["minute_used"]?.number == 1)
    #expect(try database.charged(user) == 1)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_chat_sessions") == 1)
  }

  @Test func `the counts that are kept are those of the moment when it was answered`() throws {
    try database.setCharged(user, 4)
    let other = try sql.begin(user)
    try answer(try ask())
    try sql.finish(other)
    let usage = try StrictJSON.parse(Array((try ask().documentUsage ?? "").utf8))
    #expect(usage["day_used"]?.number == 5 && usage["day_reserved"]?.number == 1)
  }

  @Test func `a settlement that is sent twice tells the counts that were kept`() throws {
    let begun = try ask()
    let first = try answer(begun)
    try sql.chat(user)
    let second = try answer(begun)
    #expect(first.used == 1 && second.used == 1)
    #expect(try database.charged(user) == 2 && keys() == 1)
  }

  @Test func `a repeat is given also when the day and the minute are full`() throws {
    let rules = ChatSQL.Rules(freeDay: 1, freeMinute: 1)
    try answer(try ask(rules: rules))
    #expect(try ask("k2", rules: rules).outcome == "daily_quota_exceeded")
    #expect(try ask(rules: rules).outcome == "replayed")
  }

  @Test func `the same key with another body is a mismatch, running or answered`() throws {
    let first = try ask()
    #expect(try ask(body: "ffff").outcome == "idempotency_mismatch")
    try answer(first)
    let refused = try ask(body: "ffff")
    #expect(refused.outcome == "idempotency_mismatch" && refused.document == nil)
    #expect(try ask().outcome == "replayed")
    #expect(try sql.begin(user).minuteUsed == 2)
  }

  @Test func `while the first runs the repeat hears who runs it and for how long`() throws {
    let first = try sql.begin(user, extras: ChatSQL.Extras(key: "k1", worker: "iris-1 4711 99"))
    try letTimePass(15)
    let second = try ask()
    #expect(second.outcome == "in_progress" && second.knownTurn == first.turn)
    #expect(second.knownWorker == "iris-1 4711 99")
    #expect((28...30).contains(second.retryAfter ?? 0))
    #expect(try database.integer("SELECT cardinality(requests) FROM iris.user_minute_usage") == 1)
  }

  @Test func `once its reservation lapsed the repeat runs afresh`() throws {
    let first = try ask()
    try letTimePass(46)
    let second = try ask()
    #expect(second.outcome == "reserved" && second.dayReserved == 1)
    #expect(try ask().knownTurn == second.turn)
    // The first is late; one key is one charge and one answer.
    try answer(first, document: #"{"late":true}"#)
    #expect(try database.charged(user) == 0)
    #expect(try database.status(first) == "pending")
    #expect(try ask().outcome == "in_progress")
    #expect(try answer(second).used == 1)
    #expect(try ask().document == Self.document)
  }

  @Test func `a late answer that nobody replaced is charged and kept`() throws {
    let first = try ask()
    try letTimePass(46)
    #expect(try ask("k2").outcome == "reserved")
    #expect(try keys() == 1)
    #expect(try answer(first).used == 1)
    #expect(try ask().outcome == "replayed")
  }

  @Test func `a fallback, an error and a client that left are not kept`() throws {
    let rules = ChatSQL.Rules(freeMinute: nil)
    try answer(try ask(rules: rules), status: "fallback", charge: "no", document: nil)
    try answer(try ask(rules: rules), status: "partial", charge: "yes", document: nil)
    #expect(try keys() == 0)
    try sql.abandon(try ask(rules: rules))
    #expect(try keys() == 0)
    let fresh = try ask(body: "ffff", rules: rules)
    #expect(fresh.outcome == "reserved" && fresh.dayUsed == 1)
  }

  @Test func `after a day it is forgotten`() throws {
    try answer(try ask())
    try letTimePass(86_390)
    #expect(try ask().outcome == "replayed")
    try letTimePass(11)
    #expect(try ask().outcome == "reserved")
  }

  @Test func `using a key removes what lapsed of this user alone`() throws {
    let other = try TestUser(database)
    for key in ["k1", "k2"] { try answer(try ask(key)) }
    try answer(try ask("k1", of: other))
    try letTimePass(86_401)
    #expect(try ask("k3").outcome == "reserved")
    let left = try database.column("SELECT key FROM iris.idempotency_keys ORDER BY key")
    #expect(left == ["k1", "k3"])
  }

  @Test func `users' keys are their own`() throws {
    let other = try TestUser(database)
    try answer(try ask())
    let theirs = try ask(of: other)
    #expect(theirs.outcome == "reserved" && theirs.document == nil)
    try database.execute("DELETE FROM iris.accounts WHERE id = $1::uuid", [user.id])
    #expect(try keys() == 1)
  }

  @Test func `an ended session and a stranger's conversation come before the key`() throws {
    try answer(try ask())
    let extras = ChatSQL.Extras(key: "k1")
    #expect(try sql.begin(user, conversation: try TestID.make(), extras: extras).outcome == "not_found")
    try database.execute("UPDATE iris.sessions SET revoked_at = now()")
    #expect(try ask().outcome == "session_revoked")
  }

  @Test func `a key lost in a crash of the server is kept with the answer`() throws {
    let begun = try ask()
    try database.execute("DELETE FROM iris.idempotency_keys")
    try answer(begun)
    #expect(try ask().document == Self.document)
  }
}
