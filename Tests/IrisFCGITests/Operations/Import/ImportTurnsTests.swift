import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// How imported messages become turns beside each other and beside our own.
@Suite(.needsDatabase) struct ImportTurnsTests {
  let database: TestDatabase

  init() throws { database = try TestDatabase() }

  /// Imports messages of one conversation, each `id role seconds`.
  private func add(_ messages: String...) throws {
    let rows = messages.map { message in
      let words = message.split(separator: " ").map(String.init)
      return "\(words[0]),\(OldProduct.session),1,\(words[1]),\(words[0]),\(OldProduct.time(Int(words[2]) ?? 0))"
    }
    let folder = try OldProduct.folder([
      "accounts.csv": "id,email\n1,lea@exemple.fr\n",
      "iris_messages.csv": "id,session_id,user_id,role,content,created_at\n" + rows.joined(separator: "\n"),
    ])
    let run = ImportRun(folder.path, into: database)
    #expect(run.code == 0, "\(run.output)\(run.errors)")
  }

  /// `question answer` of each turn, in order; `-` for what is not there.
  private func turns() throws -> [String?] {
    try database.column(
      """
      SELECT coalesce(q.content, '-') || ' ' || coalesce(a.content, '-')
        FROM (SELECT * FROM iris.iris_messages WHERE role = 'user') q
        FULL JOIN (SELECT * FROM iris.iris_messages WHERE role = 'assistant') a ON a.id = q.turn_id
       ORDER BY coalesce(q.created_at, a.created_at), coalesce(q.id, a.id)
      """)
  }

  @Test func `what comes later puts right what was put together before`() throws {
    try add("q1 user 10", "a2 assistant 40")
    #expect(try turns() == ["q1 a2"])
    try add("a1 assistant 20", "q2 user 30")
    #expect(try turns() == ["q1 a1", "q2 a2"])
    #expect(try database.text("SELECT message_count FROM iris.iris_chat_sessions") == "2")
  }

  @Test func `a question without an answer, and an answer without a question, stand alone`() throws {
    try add(
      "a0 assistant 1", "q1 user 10", "q2 user 20", "a2 assistant 21", "a3 assistant 22", "q4 user 30",
      "a4 assistant 3700")
    #expect(try turns() == ["- a0", "q1 -", "q2 a2", "- a3", "q4 -", "- a4"])
    let statuses = try database.column(
      "SELECT content FROM iris.iris_messages WHERE status = 'abandoned' ORDER BY created_at")
    #expect(statuses == ["q1", "q4"])
  }

  /// A product whose clock has seconds alone: a number orders, else the question comes first.
  @Test func `what was said in one second is in order`() throws {
    try add("1 user 10", "2 assistant 10", "3 user 10", "4 assistant 10", "x assistant 50", "y user 50")
    #expect(try turns() == ["1 2", "3 4", "y x"])
  }

  @Test func `a conversation that went on here keeps its own turns and its totals`() throws {
    try add("q1 user 10", "a1 assistant 20")
    let account = try #require(try database.text("SELECT id::text FROM iris.accounts"))
    let session = try TestID.make()
    try database.execute(
      "INSERT INTO iris.sessions (id, account_id, expires_at) VALUES ($1::uuid, $2::uuid, now() + interval '1 day')",
      [session, account])
    let user = TestUser(id: account, session: session, email: "lea@exemple.fr")
    let sql = try ChatSQL(database)
    let begun = try sql.begin(user, conversation: OldProduct.session)
    #expect(begun.history?.contains("a1") == true)
    try sql.finish(begun)
    let before = try turns()
    #expect(before.count == 2)
    try add("q0 user 1", "a0 assistant 2")
    #expect(try turns() == ["q0 a0"] + before)
    #expect(try database.text("SELECT message_count FROM iris.iris_chat_sessions") == "3")
    #expect(
      try database.text("SELECT last_message_at > now() - interval '1 hour' FROM iris.iris_chat_sessions") == "t")
  }
}
