import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `GET /api/v1/chat/sessions`, `GET` and `DELETE /api/v1/chat/sessions/{id}`.
@Suite(.needsDatabase) struct ConversationsTests {
  let database: TestDatabase
  let application: TestApplication
  let sql: ChatSQL
  let user: TestUser
  let token: String

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    sql = try ChatSQL(database)
    user = try TestUser(database)
    token = try application.token(for: user)
  }

  private static let rules = ChatSQL.Rules(freeDay: nil, freeMinute: nil, premiumMinute: nil)
  private static let sessions = "/api/v1/chat/sessions"

  private func get(_ path: String = sessions, _ query: String = "", token: String? = nil) -> Reply {
    var request = Request.test("GET", path, token: token ?? self.token)
    request.query = query
    return application.send(request)
  }

  private func delete(_ id: String, token: String? = nil) -> Reply {
    application.send(.test("DELETE", "\(Self.sessions)/\(id)", token: token ?? self.token))
  }

  /// Follows the cursors to the end.
  private func pages(_ path: String = sessions, limit: Int, member: String = "items") throws -> [[JSONValue]] {
    var pages: [[JSONValue]] = []
    var query = "limit=\(limit)"
    while pages.count < 50 {
      let reply = get(path, query)
      #expect(reply.status == 200)
      pages.append(try #require(reply[member]?.items))
      guard let next = reply["next_cursor"]?.text else { break }
      query = "limit=\(limit)&cursor=\(next)"
    }
    return pages
  }

  /// A conversation of answered turns, a second apart, the last one so many seconds ago.
  @discardableResult
  private func conversation(
    _ questions: [String], secondsAgo: Int = 0, user: TestUser? = nil, status: String = "complete"
  ) throws -> ChatSQL.Begun {
    var place: ChatSQL.Begun?
    for (number, text) in questions.enumerated() {
      let begun = try sql.begin(
        user ?? self.user, conversation: place?.conversation, text: text, rules: Self.rules,
        askedSecondsAgo: secondsAgo + questions.count - number)
      try sql.finish(begun, answer: "R: \(text)", status: status, charge: "no")
      place = begun
    }
    let last = try #require(place)
    try database.execute(
      """
      UPDATE iris.iris_chat_sessions SET last_message_at = now() - make_interval(secs => $2::integer)
       WHERE session_id = $1::uuid
      """, [last.conversation, String(secondsAgo)])
    return last
  }

  @Test func `nothing said yet is an empty list`() {
    #expect(get().response.body == Array(#"{"items":[],"next_cursor":null}"#.utf8))
  }

  @Test func `a conversation in the list`() throws {
    let said = try conversation(["Comment\nréussir mon CV ?", "Et la lettre ?"])
    let item = try #require(get()["items"]?.items.first)
    #expect(
      item.names == ["session_id", "title", "topic", "started_at", "last_message_at", "message_count"])
    #expect(item["session_id"]?.text == said.conversation && item["title"]?.text == "Comment réussir mon CV ?")
    #expect(item["topic"]?.text == "cv" && item["message_count"]?.number == 2)
    #expect(item["started_at"]?.text?.count == 20 && item["last_message_at"]?.text?.hasSuffix("Z") == true)
  }

  @Test func `the newest activity comes first, page by page, each conversation once`() throws {
    for number in 1...7 { try conversation(["Q\(number)"], secondsAgo: number * 10) }
    try conversation(["à une autre"], user: TestUser(database))
    // Three conversations share a moment: their ids decide.
    try database.execute(
      """
      UPDATE iris.iris_chat_sessions SET last_message_at = '2026-01-01 00:00:00.123456+00'
       WHERE session_id IN (SELECT session_id FROM iris.iris_messages WHERE content IN ('Q3', 'Q4', 'Q5'))
      """)
    let whole = try pages(limit: 100)[0].compactMap { $0["title"]?.text }
    #expect(Array(whole.prefix(4)) == ["Q1", "Q2", "Q6", "Q7"] && Set(whole.suffix(3)) == ["Q3", "Q4", "Q5"])
    for limit in 1...8 {
      let found = try pages(limit: limit)
      #expect(found.flatMap(\.self).compactMap { $0["title"]?.text } == whole)
      #expect(found.dropLast().allSatisfy { $0.count == limit } && found.last?.isEmpty == false)
    }
  }

  @Test func `what is said between two pages moves nothing on the next one`() throws {
    for number in 1...4 { try conversation(["Q\(number)"], secondsAgo: number * 10) }
    let first = get(Self.sessions, "limit=2")
    try conversation(["neuve"])
    let next = try #require(first["next_cursor"]?.text)
    let second = get(Self.sessions, "limit=2&cursor=\(next)")
    #expect(second["items"]?.items.compactMap { $0["title"]?.text } == ["Q3", "Q4"])
    #expect(second["next_cursor"] == .null)
  }

  @Test(arguments: [
    ("limit=0", ["/limit range"]), ("limit=101", ["/limit range"]), ("limit=x", ["/limit range"]),
    ("limit=1&limit=2", ["/limit duplicate"]), ("cursor=x", ["/cursor cursor"]), ("cursor=%zz", ["/cursor encoding"]),
    ("limit=0&cursor=x", ["/cursor cursor", "/limit range"]),
  ])
  func `a bad query is told by parameter`(query: String, errors: [String]) throws {
    let one = "\(Self.sessions)/\(try TestID.make())"
    for path in [Self.sessions, one] {
      let reply = get(path, query)
      #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == errors)
    }
  }

  @Test func `a cursor of one list is none of the other`() throws {
    let said = try conversation(["a", "b"])
    try conversation(["c"])
    let next = try #require(get(Self.sessions, "limit=1")["next_cursor"]?.text)
    #expect(get("\(Self.sessions)/\(said.conversation)", "cursor=\(next)").status == 422)
  }

  @Test func `one conversation with what was said in it`() throws {
    let said = try conversation(["Première ?", "Seconde ?"])
    let path = "\(Self.sessions)/\(said.conversation)"
    _ = application.send(
      .test(
        "PUT", "/api/v1/chat/messages/\(said.turn)/feedback", #"{"rating":4,"comment":"bien"}"#, token: token))
    let reply = get(path)
    #expect(
      reply.json.names == [
        "session_id", "title", "topic", "started_at", "last_message_at", "message_count", "messages", "next_cursor",
      ])
    let messages = try #require(reply["messages"]?.items)
    #expect(
      messages.compactMap { $0["content"]?.text } == ["Première ?", "R: Première ?", "Seconde ?", "R: Seconde ?"])
    #expect(messages.compactMap { $0["role"]?.text } == ["user", "assistant", "user", "assistant"])
    let (question, answer) = (messages[2], messages[3])
    #expect(question.names == answer.names)
    #expect(question["turn_id"]?.text == said.turn && answer["turn_id"]?.text == said.turn)
    #expect(question["message_id"]?.text == said.question && answer["message_id"]?.text == said.turn)
    #expect(answer["model_used"]?.text == "model-1" && answer["confidence"]?.number == 0.8)
    #expect(answer["finish"]?.text == "complete" && answer["status"]?.text == "complete")
    #expect(answer["feedback"] == .object(["rating": .number(4), "comment": .string("bien")]))
    for name in ["model_used", "confidence", "finish", "feedback"] { #expect(question[name] == .null) }
  }

  @Test func `the newest page of messages comes first, each in order of time`() throws {
    let said = try conversation((1...5).map { "Q\($0)" })
    let path = "\(Self.sessions)/\(said.conversation)"
    let whole = (1...5).flatMap { ["Q\($0)", "R: Q\($0)"] }
    for limit in 1...11 {
      let found = try pages(path, limit: limit, member: "messages")
      #expect(found.reversed().flatMap(\.self).compactMap { $0["content"]?.text } == whole)
    }
  }

  @Test(arguments: [("partial", nil), ("truncated", "truncated"), ("blocked", "blocked"), ("fallback", "fallback")])
  func `how an answer ended`(status: String, finish: String?) throws {
    let said = try conversation(["Q"], status: status)
    let answer = try #require(get("\(Self.sessions)/\(said.conversation)")["messages"]?.items.last)
    #expect(answer["status"]?.text == status && answer["finish"]?.text == finish)
  }

  @Test func `a question without its answer is shown as such`() throws {
    let (pending, abandoned) = (try sql.begin(user, rules: Self.rules), try sql.begin(user, rules: Self.rules))
    try sql.abandon(abandoned)
    for (said, status) in [(pending, "pending"), (abandoned, "abandoned")] {
      let reply = get("\(Self.sessions)/\(said.conversation)")
      #expect(reply["messages"]?.items.map { $0["status"]?.text } == [status] && reply["message_count"]?.number == 0)
    }
  }

  @Test func `somebody else's, unknown and impossible ids are not found`() throws {
    let theirs = try conversation(["Q"], user: TestUser(database)).conversation
    for id in [theirs, try TestID.make(), "x", user.id] {
      #expect(get("\(Self.sessions)/\(id)").outcome == "404 not_found" && delete(id).outcome == "404 not_found")
    }
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages") == 2)
  }

  @Test func `deleting takes away what was said, and only there`() throws {
    let (kept, gone) = (try conversation(["reste"]), try conversation(["part", "aussi"]))
    let feedback = "/api/v1/chat/messages/\(gone.turn)/feedback"
    #expect(application.send(.test("PUT", feedback, #"{"rating":1}"#, token: token)).status == 204)
    try database.execute("UPDATE iris.iris_chat_sessions SET summary = 'résumé', summarised_until = now()")
    let other = try application.token(for: TestUser(database))
    #expect(delete(gone.conversation, token: other).outcome == "404 not_found")
    let reply = delete(gone.conversation.uppercased())
    #expect(reply.status == 204 && reply.response.body.isEmpty)
    #expect(delete(gone.conversation).outcome == "404 not_found")
    #expect(get("\(Self.sessions)/\(gone.conversation)").outcome == "404 not_found")
    #expect(application.send(.test("PUT", feedback, #"{"rating":2}"#, token: token)).outcome == "404 not_found")
    #expect(get()["items"]?.items.compactMap { $0["session_id"]?.text } == [kept.conversation])
    #expect(get("\(Self.sessions)/\(kept.conversation)")["messages"]?.items.count == 2)
    #expect(try database.column("SELECT DISTINCT session_id::text FROM iris.iris_messages") == [kept.conversation])
    #expect(try database.integer("SELECT count(*) FROM iris.feedback") == 0)
    let row = "SELECT count(*) FROM iris.iris_chat_sessions WHERE deleted_at IS NOT NULL AND summary IS NULL"
    #expect(try database.integer(row) == 1)
  }

  @Test func `an ended session and a disabled account come before everything about the resource`() throws {
    let said = try conversation(["Q"])
    let requests: [Request] = [
      .test("GET", Self.sessions, token: token), .test("GET", "\(Self.sessions)/x", token: token),
      .test("DELETE", "\(Self.sessions)/\(said.conversation)", token: token),
      .test("GET", "/api/v1/user/context/cv", token: token), .test("DELETE", "/api/v1/user/context/CV", token: token),
      .test("PUT", "/api/v1/user/context/cv", "{}", token: token),
      .test("PUT", "/api/v1/user/context/cv", "{", token: token),
      .test("PUT", "/api/v1/chat/messages/\(said.turn)/feedback", #"{"rating":1}"#, token: token),
      .test("PUT", "/api/v1/chat/messages/x/feedback", "{}", token: token),
    ]
    for (change, outcome) in [
      ("UPDATE iris.accounts SET disabled_at = now()", "403 account_disabled"),
      ("UPDATE iris.sessions SET revoked_at = now()", "401 session_revoked"),
    ] {
      try database.execute(change)
      for request in requests { #expect(application.send(request).outcome == outcome) }
    }
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages") == 2)
  }
}
