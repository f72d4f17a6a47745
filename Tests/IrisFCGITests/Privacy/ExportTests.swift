import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `GET /api/v1/user/export`.
@Suite(.needsDatabase) struct ExportTests {
  let database: TestDatabase
  let application: TestApplication
  let user: TestUser
  let token: String

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
    token = try application.token(for: user)
  }

  private func export() -> Reply { application.get("/api/v1/user/export", token: token) }

  /// Through a connection that takes parts.
  private func stream(_ channel: RecordingChannel) -> Response {
    Router(services: application.services, channel: channel).handle(
      .test("GET", "/api/v1/user/export", token: token)
    ).response
  }

  /// So many turns in one conversation, each of some 2 kB.
  private func talk(_ turns: Int) throws -> String {
    let sql = try ChatSQL(database)
    let rules = ChatSQL.Rules(freeDay: nil, freeMinute: nil)
    var place: String?
    for number in 0..<turns {
      let begun = try sql.begin(
        user, conversation: place, text: "Q\(number)", rules: rules, askedSecondsAgo: turns - number)
      place = begun.conversation
      try sql.finish(begun, answer: "A\(number) " + String(repeating: "é", count: 1_000))
    }
    return try #require(place)
  }

  @Test func `a mail that waits for the account's address is in it, without the id of its reset`() throws {
    let id = try TestID.make()
    for (id, email) in [(id, user.email), (try TestID.make(), "zoe@exemple.fr")] {
      try database.execute(
        """
        INSERT INTO iris.outbox (id, kind, topic, payload, expires_at) VALUES ($1, 'mail', 'password_forgot',
          jsonb_build_object('email', $2::text), now() + interval '30 minutes')
        """, [id, email])
    }
    let reply = export()
    #expect(reply["notices"]?.items.map { $0["payload"]?["email"]?.text } == [user.email])
    #expect(!String(decoding: reply.response.body, as: UTF8.self).contains(id))
  }

  @Test func `an account with nothing has every member, as a download`() throws {
    let reply = export()
    #expect(reply.status == 200 && reply.field("Content-Type") == "application/json")
    #expect(reply.field("Cache-Control") == "no-store")
    let disposition = try #require(reply.field("Content-Disposition"))
    let day = try #require(try database.text("SELECT (now() AT TIME ZONE 'UTC')::date"))
    #expect(disposition == "attachment; filename=\"iris-export-\(day).json\"")
    #expect(
      reply.json.names == [
        "exported_at", "user", "sessions", "conversations", "usage", "feedback", "contexts", "letters", "trajectories",
        "refresh_tokens", "password_resets", "known_addresses", "failed_logins", "erased_identities", "notices",
        "minute_usage", "reservations", "idempotency_keys", "cached_answers", "imported_from",
      ])
    #expect(reply["user"]?["id"]?.text == user.id && reply["user"]?["email"]?.text == user.email)
    #expect(reply["sessions"]?.items.count == 1 && reply["contexts"] == .object([:]))
    for name in ["conversations", "usage", "feedback", "letters", "trajectories"] { #expect(reply[name] == .array([])) }
  }

  @Test func `a conversation has its turns in order, text as it was stored`() throws {
    let place = try talk(2)
    let sql = try ChatSQL(database)
    let open = try sql.begin(user, conversation: place, text: "e\u{301}t\u{e9} \"\\\n\t \u{1F44D}")
    let conversations = try #require(export()["conversations"]?.items)
    #expect(conversations.map { $0["session_id"]?.text } == [place])
    let turns = conversations[0]["turns"]?.items ?? []
    #expect(turns.map { $0["status"]?.text } == ["complete", "complete", "pending"])
    #expect(turns.map { $0["question"]?["content"]?.text?.unicodeScalars.count } == [2, 2, 11])
    #expect(turns[0]["answer"]?["content"]?.text?.hasPrefix("A0 é") == true && turns[2]["answer"] == .null)
    #expect(turns[2]["question"]?["id"]?.text == open.question && turns[1]["answer"]?["tokens_in"]?.number == 30)
    #expect(turns[0]["question"]?["created_at"]?.text?.hasSuffix("Z") == true)
  }

  @Test func `an answer whose question is no longer kept stands alone, once`() throws {
    _ = try talk(2)
    try database.execute("DELETE FROM iris.iris_messages WHERE content = 'Q0'")
    let turns = export()["conversations"]?.items.first?["turns"]?.items ?? []
    #expect(turns.count == 2 && turns[0]["question"] == .null && turns[0]["answer"]?["status"]?.text == "complete")
    #expect(turns[1]["question"] != .null && turns[1]["answer"] != .null)
  }

  @Test func `a long one goes out in parts, and is the same document`() throws {
    for _ in 1...3 { _ = try talk(120) }
    _ = try ChatSQL(database).begin(user, rules: ChatSQL.Rules(freeDay: nil, freeMinute: nil))
    let whole = export().json
    let channel = RecordingChannel()
    let response = stream(channel)
    #expect(channel.parts.count > 2 && response.sentBytes != nil && !response.isBrokenOff)
    #expect(channel.parts.allSatisfy { $0.utf8.count < PrivacyStore.partBytes + 100_000 })
    #expect(channel.head.contains("attachment; filename=") && channel.head.contains("Cache-Control: no-store"))
    let body = try #require(channel.parts.joined().split(separator: "\r\n\r\n", maxSplits: 1).last)
    #expect(response.sentBytes == body.utf8.count)
    let parts = try StrictJSON.parse(Array(body.utf8))
    for name in whole.names.subtracting(["exported_at"]) { #expect(parts[name] == whole[name], "\(name)") }
    let talks = whole["conversations"]?.items ?? []
    #expect(talks.map { $0["turns"]?.items.count ?? 0 }.sorted() == [1, 120, 120, 120])
    #expect(
      talks.allSatisfy {
        Set(($0["turns"]?.items ?? []).compactMap { $0["turn_id"]?.text }).count == $0["turns"]?.items.count
      })
  }

  @Test func `many small rows are cut anywhere, and none is lost or told twice`() throws {
    try database.execute(
      """
      INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at, created_at)
      SELECT sha256(n::text::bytea), $1::uuid, now(), now() - make_interval(secs => n) FROM generate_series(1, 5000) n
      """, [user.session])
    let channel = RecordingChannel()
    _ = stream(channel)
    let body = try #require(channel.parts.joined().split(separator: "\r\n\r\n", maxSplits: 1).last)
    let tokens = try StrictJSON.parse(Array(body.utf8))["refresh_tokens"]?.items ?? []
    #expect(channel.parts.count > 2 && tokens.count == 5_000)
    #expect(Set(tokens.compactMap { $0["created_at"]?.text }).count == 5_000)
  }

  @Test func `one that loses its session half way is broken off`() throws {
    for _ in 1...3 { _ = try talk(120) }
    let channel = ActingChannel { [database, user] in
      try database.execute("UPDATE iris.sessions SET revoked_at = now() WHERE id = $1::uuid", [user.session])
    }
    let response = Router(services: application.services, channel: channel).handle(
      .test("GET", "/api/v1/user/export", token: token)
    ).response
    #expect(channel.parts == 1 && response.isBrokenOff && response.sentBytes != nil)
  }

  @Test func `a client that leaves ends it`() throws {
    for _ in 1...3 { _ = try talk(120) }
    let channel = RecordingChannel()
    channel.leavesAfter = 1
    let response = stream(channel)
    #expect(channel.parts.count == 1 && response.sentBytes != nil && !response.isBrokenOff)
  }

  @Test func `without a living session there is none`() throws {
    try database.execute("UPDATE iris.sessions SET revoked_at = now()")
    #expect(export().outcome == "401 session_revoked")
    let disabled = try TestUser(database)
    try database.execute("UPDATE iris.accounts SET disabled_at = now() WHERE id = $1::uuid", [disabled.id])
    let reply = application.get("/api/v1/user/export", token: try application.token(for: disabled))
    #expect(reply.outcome == "403 account_disabled")
    #expect(application.get("/api/v1/user/export").outcome == "401 missing_token")
  }

  @Test func `without a database nothing is said of it`() throws {
    let elsewhere = try TestApplication()
    let token = try elsewhere.token(for: user)
    #expect(elsewhere.get("/api/v1/user/export", token: token).outcome == "503 unavailable")
    #expect(elsewhere.send(.test("DELETE", "/api/v1/user/me", "{}", token: token)).outcome == "503 unavailable")
  }
}

/// Does something once the first part went out.
private final class ActingChannel: ResponseChannel {
  private let act: () throws -> Void
  private(set) var parts = 0

  init(_ act: @escaping () throws -> Void) { self.act = act }

  func send(_ bytes: [UInt8]) -> Bool {
    parts += 1
    if parts == 1 { try? act() }
    return true
  }
}
