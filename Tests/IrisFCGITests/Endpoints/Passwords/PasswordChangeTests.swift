import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `POST /api/v1/auth/password`.
@Suite(.needsDatabase) struct PasswordChangeTests {
  let database: TestDatabase
  let application: TestApplication
  let opened: Reply

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(PasswordMail.variables, database: database)
    opened = application.post("/api/v1/auth/register", PasswordMail.credentials())
    try #require(opened.status == 201)
  }

  private static let old = PasswordMail.password
  private static let new = "une autre phrase"

  private func change(_ current: String = old, _ new: String = new, _ opened: Reply? = nil) -> Reply {
    application.post(
      "/api/v1/auth/password", #"{"current_password":"\#(current)","new_password":"\#(new)"}"#,
      token: (opened ?? self.opened)["access_token"]?.text)
  }

  private func login(_ password: String) -> Reply {
    application.post("/api/v1/auth/login", PasswordMail.credentials(password))
  }

  private func me(_ reply: Reply) -> String {
    application.get("/api/v1/user/me", token: reply["access_token"]?.text).outcome
  }

  private func refresh(_ reply: Reply) -> String {
    application.post("/api/v1/auth/refresh", #"{"refresh_token":"\#(reply["refresh_token"]?.text ?? "")"}"#).outcome
  }

  @Test func `the new password counts, this session goes on, the others end`() throws {
    let other = login(Self.old)
    let reply = change()
    #expect(reply.status == 204 && reply.response.body.isEmpty)
    #expect(me(opened) == "200" && refresh(opened) == "200")
    #expect(me(other) == "401 session_revoked" && refresh(other) == "401 invalid_token")
    #expect(login(Self.old).outcome == "401 invalid_credentials" && login(Self.new).status == 200)
  }

  @Test func `strangers' sessions are none of its business`() throws {
    let stranger = application.post(
      "/api/v1/auth/register", #"{"email":"max@exemple.fr","password":"\#(Self.old)"}"#)
    #expect(change().status == 204 && me(stranger) == "200")
  }

  @Test func `it is told as an event of a pseudonym, and to the owner`() throws {
    #expect(change().status == 204)
    let id = try #require(opened["user"]?["id"]?.text)
    let event = try database.text(
      "SELECT user_id || ' ' || metadata FROM iris.iris_events WHERE event_type = 'password_changed'")
    #expect(event == "\(try #require(application.services.pseudonyms.user(id))) {\"reset\": false}")
    let row = try database.text("SELECT concat_ws(' ', kind, topic, user_id, payload) FROM iris.outbox")
    #expect(row == "mail password_changed \(id) {\"language\": \"fr\"}")
  }

  @Test func `a wrong password changes nothing`() throws {
    let other = login(Self.old)
    #expect(change("une phrase fausse").outcome == "401 invalid_credentials")
    #expect(change("").outcome == "401 invalid_credentials")
    #expect(me(other) == "200" && login(Self.old).status == 200)
    #expect(try database.integer("SELECT count(*) FROM iris.outbox") == 0)
  }

  private static let refused: [(String, [String])] = [
    ("{}", ["/current_password required", "/new_password required"]),
    (#"{"current_password":1,"new_password":null}"#, ["/current_password type", "/new_password required"]),
    (#"{"current_password":"a","new_password":"court"}"#, ["/new_password too_short"]),
    (#"{"current_password":"a","new_password":"motdepasse"}"#, ["/new_password too_common"]),
    (#"{"current_password":"a","new_password":"\#(String(repeating: "é", count: 129))"}"#, ["/new_password too_long"]),
    (#"{"current_password":"a","new_password":"neuf\u0000 ou dix"}"#, ["/new_password control_character"]),
    (#"{"current_password":"\#(old)","new_password":"\#(old)"}"#, ["/new_password unchanged"]),
  ]

  @Test func `what is no new password`() throws {
    for (body, errors) in Self.refused {
      let reply = application.post("/api/v1/auth/password", body, token: opened["access_token"]?.text)
      #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == errors)
    }
    #expect(login(Self.old).status == 200)
  }

  /// One letter in two spellings: equal for people, two passwords for a hash.
  @Test func `passwords differ by their bytes`() throws {
    #expect(change(Self.old, "caf\u{e9} cr\u{e8}me").status == 204)
    #expect(change("caf\u{e9} cr\u{e8}me", "cafe\u{301} cre\u{300}me").status == 204)
    #expect(login("caf\u{e9} cr\u{e8}me").status == 401 && login("cafe\u{301} cre\u{300}me").status == 200)
  }

  @Test func `an account that logs in elsewhere has nothing to change`() throws {
    let user = try TestUser(database)
    let body = #"{"current_password":"\#(Self.old)","new_password":"\#(Self.new)"}"#
    let reply = application.post("/api/v1/auth/password", body, token: try application.token(for: user), language: "en")
    #expect(reply.outcome == "403 forbidden")
    #expect(reply["detail"]?.text?.contains("has no password") == true)
  }

  @Test func `an ended session, a disabled account`() throws {
    let other = login(Self.old)
    #expect(application.send(.test("POST", "/api/v1/auth/logout", token: other["access_token"]?.text)).status == 204)
    #expect(change(Self.old, Self.new, other).outcome == "401 session_revoked")
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    #expect(change().outcome == "403 account_disabled")
    #expect(change(Self.old, "court").outcome == "403 account_disabled")
  }

  @Test func `mails that were sent before open nothing any more`() throws {
    let mail = try PasswordMail(application, database)
    #expect(change().status == 204)
    #expect(mail.reset(application).outcome == "401 invalid_token")
    #expect(login(Self.new).status == 200)
  }

  @Test func `of two changes of one password at once one counts`() throws {
    let account = try #require(opened["user"]?["id"]?.text)
    let session = try database.text("SELECT id::text FROM iris.sessions")
    let stored = try database.text("SELECT password_hash FROM iris.accounts")
    let outcomes = try database.allAtOnce(12) { connection, index in
      try connection.run(
        "SELECT iris.change_password($1, $2, $3, $4, '[]', '[]', 'Europe/Paris')",
        [account, session, stored, "hash \(index)"], deadline: TestDatabase.deadline(seconds: 30)
      ).text(0) ?? ""
    }
    #expect(outcomes.count { $0 == "ok" } == 1 && outcomes.count { $0 == "invalid_credentials" } == 11)
  }

  @Test func `a call that is sent again finds its work done`() throws {
    let account = try #require(opened["user"]?["id"]?.text)
    let session = try database.text("SELECT id::text FROM iris.sessions")
    let stored = try database.text("SELECT password_hash FROM iris.accounts")
    for _ in 1...2 {
      let outcome = try database.text(
        "SELECT iris.change_password($1::uuid, $2::uuid, $3, 'hash', '[]', '[]', 'Europe/Paris')",
        [account, session, stored])
      #expect(outcome == "ok")
    }
  }

  @Test func `without a database it is neither right nor wrong`() throws {
    let away = try TestApplication(["IRIS_DATABASE_URL": "host=/nonexistent"])
    let body = #"{"current_password":"\#(Self.old)","new_password":"\#(Self.new)"}"#
    #expect(away.post("/api/v1/auth/password", body, token: opened["access_token"]?.text).outcome == "503 unavailable")
  }

  @Test func `without a mail server nothing waits to be sent`() throws {
    let silent = try TestApplication(database: database)
    let body = #"{"current_password":"\#(Self.old)","new_password":"\#(Self.new)"}"#
    #expect(silent.post("/api/v1/auth/password", body, token: opened["access_token"]?.text).status == 204)
    #expect(try database.integer("SELECT count(*) FROM iris.outbox") == 0)
  }
}
