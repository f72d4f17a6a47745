import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What roll-ups keep of somebody who was erased: a pseudonym, which leads to nobody.
@Suite(.needsDatabase) struct RollUpErasureTests {
  let database: TestDatabase
  let application: TestApplication

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
  }

  private func tables(_ pattern: String) throws -> [String] {
    try database.column(
      """
      SELECT relname FROM pg_class WHERE relnamespace = 'iris'::regnamespace AND relkind IN ('r', 'p')
         AND NOT relispartition AND relname ~ $1 ORDER BY relname
      """, [pattern]
    ).compactMap { $0 }
  }

  /// All rows of these tables as text.
  private func rows(_ tables: [String]) throws -> [String: [String]] {
    var rows: [String: [String]] = [:]
    for table in tables {
      rows[table] = try database.column("SELECT t::text FROM iris.\(table) t ORDER BY 1").compactMap { $0 }
    }
    return rows
  }

  private func rollUp() throws {
    let store = RollUpStore(database: application.services.database, timeZone: "Europe/Paris")
    for _ in 1...3 { while try store.step(slackSeconds: 0).isMore {} }
  }

  private func messages(of user: TestUser) throws -> Double? {
    let token = try application.token(for: user)
    return application.get("/api/v1/user/analytics", token: token)["messages"]?.number
  }

  /// A chat that is rated.
  /// - Returns: the ids and the address by which one could find the user.
  private func use(_ user: TestUser) throws -> [String] {
    let token = try application.token(for: user)
    let chat = application.post("/api/v1/chat", #"{"message":"Comment améliorer mon CV ?"}"#, token: token)
    let conversation = try #require(chat["session_id"]?.text)
    let answer = try #require(chat["message_id"]?.text)
    let path = "/api/v1/chat/messages/\(answer)/feedback"
    #expect(application.send(.test("PUT", path, #"{"rating":4}"#, token: token)).status == 204)
    return [user.id, user.session, user.email, conversation, answer]
  }

  @Test func `what roll-ups keep of an erased account leads to nobody`() throws {
    let user = try TestUser(database)
    let ids = try use(user)
    try rollUp()
    #expect(try messages(of: user) == 1)
    let pseudonym = try #require(application.services.pseudonyms.user(user.id))
    let kept = try rows(tables("^rollup_"))
    let naming = kept.keys.filter { kept[$0]?.contains { $0.contains(pseudonym) } == true }
    #expect(naming.sorted() == ["rollup_audiences", "rollup_conversations", "rollup_user_days", "rollup_users"])

    guard case .granted = try application.services.personalData.erase(user: user.id, session: nil) else {
      throw Problem(.internalError)
    }
    #expect(try rows(["rollup_days"])["rollup_days"] == kept["rollup_days"])
    let mayName = Set(naming + ["iris_events", "iris_errors"])
    for (table, rows) in try rows(tables("")) {
      // No id is left of which the pseudonym could be computed, with the key or without.
      for id in ids { #expect(!rows.contains { $0.contains(id) }, "iris.\(table)") }
      #expect(mayName.contains(table) || !rows.contains { $0.contains(pseudonym) }, "iris.\(table) names a pseudonym")
    }
    // Whoever has the address afterwards is somebody else.
    let heir = try TestUser(database)
    try database.execute("UPDATE iris.accounts SET email = $2 WHERE id = $1::uuid", [heir.id, user.email])
    #expect(try messages(of: heir) == 0)
  }
}
