import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `PUT /api/v1/chat/messages/{id}/feedback`.
@Suite(.needsDatabase) struct FeedbackTests {
  let database: TestDatabase
  let application: TestApplication
  let user: TestUser
  let token: String
  let said: ChatSQL.Begun

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
    token = try application.token(for: user)
    said = try ChatSQL(database).chat(user)
  }

  private func put(_ body: String, id: String? = nil, token: String? = nil) -> Reply {
    application.send(
      .test("PUT", "/api/v1/chat/messages/\(id ?? said.turn)/feedback", body, token: token ?? self.token))
  }

  private func stored() throws -> [String?] {
    try database.column("SELECT rating || ' ' || coalesce(comment, '-') || ' ' || user_id FROM iris.feedback")
  }

  private func events() throws -> [String?] {
    try database.column(
      "SELECT metadata::text FROM iris.iris_events WHERE event_type = 'feedback' ORDER BY timestamp")
  }

  @Test func `the last word counts, and only news are events`() throws {
    #expect(put(#"{"rating":2,"comment":"  trop court\n"}"#).status == 204)
    #expect(try stored() == ["2 trop court \(user.id)"])
    try database.execute("UPDATE iris.feedback SET updated_at = to_timestamp(1795262400.123456)")
    for _ in 1...3 { #expect(put(#"{"rating":5}"#).status == 204) }
    #expect(put(#"{"rating":5,"comment":null}"#).status == 204 && put(#"{"rating":5.0,"comment":" "}"#).status == 204)
    #expect(try stored() == ["5 - \(user.id)"])
    #expect(
      try events() == [
        #"{"rating": 2, "has_comment": true}"#,
        #"{"rating": 5, "previous": 2, "has_comment": false, "previous_at": 1795262400123}"#,
      ])
  }

  /// Of all events of an answer, ratings less the ones before come to its last rating.
  @Test func `changes at the same time know of each other`() throws {
    let user = try #require(try database.text("SELECT user_id FROM iris.iris_messages LIMIT 1"))
    let session = try #require(try database.text("SELECT id FROM iris.sessions WHERE account_id = $1::uuid", [user]))
    let message = said.turn
    _ = try database.allAtOnce(8) { connection, index in
      let event = #"{"id":"\#(try TestID.make())","event_type":"feedback","metadata":{"rating":\#(index % 5 + 1)}}"#
      return try connection.run(
        "SELECT iris.put_feedback($1::uuid, $2::uuid, $3::uuid, $4::smallint, NULL, $5::jsonb)",
        [user, session, message, String(index % 5 + 1), event], deadline: TestDatabase.deadline()
      ).text(0)
    }
    let balance = try database.text(
      """
      SELECT sum((metadata->>'rating')::integer - coalesce((metadata->>'previous')::integer, 0))
               = (SELECT rating FROM iris.feedback)
             AND count(*) FILTER (WHERE NOT metadata ? 'previous') = 1
        FROM iris.iris_events WHERE event_type = 'feedback'
      """)
    #expect(balance == "t")
  }

  @Test func `an event tells neither who nor which conversation nor a word`() throws {
    #expect(put(#"{"rating":1,"comment":"marqueur-9f3"}"#).status == 204)
    let event = try #require(
      try database.text("SELECT row_to_json(e)::text FROM iris.iris_events e WHERE event_type = 'feedback'"))
    for secret in ["marqueur", user.id, user.session, said.conversation, said.turn] {
      #expect(!event.contains(secret))
    }
    let pseudonym = try #require(application.services.pseudonyms.user(user.id))
    #expect(event.contains(pseudonym))
  }

  private static let wrong: [(body: String, errors: [String])] = [
    ("{}", ["/rating required"]), (#"{"rating":null}"#, ["/rating required"]), (#"{"rating":0}"#, ["/rating range"]),
    (#"{"rating":6}"#, ["/rating range"]), (#"{"rating":4.5}"#, ["/rating range"]),
    (#"{"rating":"5"}"#, ["/rating type"]), (#"{"rating":true}"#, ["/rating type"]),
    (#"{"rating":1,"comment":7}"#, ["/comment type"]),
    (#"{"rating":1,"comment":"\u0007"}"#, ["/comment control_character"]),
    (#"{"comment":"\#(String(repeating: "é", count: 1_001))"}"#, ["/rating required", "/comment too_long"]),
  ]

  @Test func `a wrong member keeps nothing`() throws {
    for (body, errors) in Self.wrong {
      let reply = put(body)
      #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == errors, "\(body)")
    }
    #expect(try stored().isEmpty && events().isEmpty)
    #expect(put(#"{"rating":1,"comment":"\#(String(repeating: "é", count: 1_000))"}"#).status == 204)
  }

  @Test func `only one's own answers can be judged`() throws {
    let other = try application.token(for: TestUser(database))
    #expect(put(#"{"rating":1}"#, token: other).outcome == "404 not_found")
    for id in [said.question, said.conversation, try TestID.make(), "x", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"] {
      #expect(put(#"{"rating":1}"#, id: id).outcome == "404 not_found")
      #expect(put(#"{"rating":9}"#, id: id).outcome == "422 validation_failed")
    }
    #expect(try stored().isEmpty && events().isEmpty)
    #expect(put(#"{"rating":1}"#, id: said.turn.uppercased()).status == 204)
  }

  @Test func `an account that goes takes its words along`() throws {
    #expect(put(#"{"rating":3,"comment":"x"}"#).status == 204)
    try database.execute("DELETE FROM iris.accounts WHERE id = $1::uuid", [user.id])
    #expect(try stored().isEmpty)
  }
}
