import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `POST /api/v1/auth/password/reset`.
@Suite(.needsDatabase) struct PasswordResetTests {
  let database: TestDatabase
  let application: TestApplication
  let opened: Reply

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(PasswordMail.variables, database: database)
    opened = application.post("/api/v1/auth/register", PasswordMail.credentials())
    try #require(opened.status == 201)
  }

  private static let new = "une toute nouvelle phrase"

  private func mail() throws -> PasswordMail { try PasswordMail(application, database) }

  private func login(_ password: String) -> String {
    application.post("/api/v1/auth/login", PasswordMail.credentials(password)).outcome
  }

  private func reset(_ token: String, _ password: String = new) -> Reply {
    application.post("/api/v1/auth/password/reset", #"{"token":"\#(token)","new_password":"\#(password)"}"#)
  }

  private func expectRefusal(_ reply: Reply) {
    #expect(reply.outcome == "401 invalid_token")
  }

  @Test func `a reset gives a new password and ends all sessions`() throws {
    let reply = try mail().reset(application)
    #expect(reply.status == 204 && reply.response.body.isEmpty)
    #expect(application.get("/api/v1/user/me", token: opened["access_token"]?.text).outcome == "401 session_revoked")
    let refresh = #"{"refresh_token":"\#(opened["refresh_token"]?.text ?? "")"}"#
    #expect(application.post("/api/v1/auth/refresh", refresh).outcome == "401 invalid_token")
    #expect(login(PasswordMail.password) == "401 invalid_credentials" && login(Self.new) == "200")
  }

  @Test func `it is told as an event of a pseudonym, and to the owner`() throws {
    #expect(try mail().reset(application).status == 204)
    let id = try #require(opened["user"]?["id"]?.text)
    let event = try database.text(
      "SELECT user_id || ' ' || metadata FROM iris.iris_events WHERE event_type = 'password_changed'")
    #expect(event == "\(try #require(application.services.pseudonyms.user(id))) {\"reset\": true}")
    let row = try database.text("SELECT user_id::text FROM iris.outbox WHERE topic = 'password_changed'")
    #expect(row == id)
  }

  /// Somebody else guesses all the while: the owner, who can read the mails, gets in with the new password at once.
  @Test func `who resets is known at that address, whatever others try`() throws {
    let mail = try mail()
    func send(_ path: String, _ body: String, from address: String) -> String {
      var request = Request.test("POST", "/api/v1/auth/\(path)", body)
      request.remoteAddress = address
      return application.send(request).outcome
    }
    for number in 1...20 { _ = send("login", PasswordMail.credentials("faux"), from: "198.51.100.\(number)") }
    #expect(send("login", PasswordMail.credentials(), from: "192.0.2.1") == "429 login_throttled")
    #expect(
      send("password/reset", #"{"token":"\#(mail.token)","new_password":"\#(Self.new)"}"#, from: "192.0.2.1") == "204")
    #expect(send("login", PasswordMail.credentials(Self.new), from: "192.0.2.1") == "200")
    #expect(send("login", PasswordMail.credentials(Self.new), from: "192.0.2.2") == "429 login_throttled")
  }

  @Test func `no other address stays known`() throws {
    let id = try #require(opened["user"]?["id"]?.text)
    for hash in ["\\x01", "\\x02"] {
      let sql = "INSERT INTO iris.known_addresses (account_id, address_hash) VALUES ($1::uuid, $2)"
      try database.execute(sql, [id, hash])
    }
    let mail = try mail()
    var request = Request.test(
      "POST", "/api/v1/auth/password/reset", #"{"token":"\#(mail.token)","new_password":"\#(Self.new)"}"#)
    request.remoteAddress = "192.0.2.7"
    #expect(application.send(request).status == 204)
    let known = try database.column(
      "SELECT address_hash::text FROM iris.known_addresses WHERE account_id = $1::uuid", [id])
    #expect(known.count == 1 && !known.contains("\\x01") && !known.contains("\\x02"))
  }

  @Test func `a token works once`() throws {
    let mail = try mail()
    #expect(mail.reset(application).status == 204)
    expectRefusal(mail.reset(application, "encore une autre phrase"))
    #expect(login(Self.new) == "200")
  }

  @Test func `of two mails the second is void once the first was used`() throws {
    let (first, second) = (try mail(), try mail())
    #expect(first.token != second.token && first.reset(application).status == 204)
    expectRefusal(second.reset(application, "encore une autre phrase"))
  }

  @Test func `a second decides at its end`() throws {
    let mail = try mail()
    try database.execute("UPDATE iris.password_resets SET expires_at = expires_at - interval '1801 s'")
    expectRefusal(mail.reset(application))
    try database.execute("UPDATE iris.password_resets SET expires_at = expires_at + interval '3 s'")
    #expect(mail.reset(application).status == 204)
  }

  @Test func `what is no token of a living reset`() throws {
    let mail = try mail()
    let unknown = try application.services.resetTokens.token(for: TestID.make())
    let forged = try ResetTokens(TokenForge.settings).token(for: TestID.make())
    let access = try #require(opened["access_token"]?.text)
    let refresh = try #require(opened["refresh_token"]?.text)
    for token in [
      unknown, forged, access, refresh, "", "x", "\\u0000", mail.token + "A", String(mail.token.dropLast()),
    ] {
      expectRefusal(reset(token))
    }
    #expect(mail.reset(application).status == 204)
  }

  @Test func `the password's rules come first and cost no token`() throws {
    let mail = try mail()
    for (password, code) in [("court", "too_short"), ("motdepasse", "too_common")] {
      #expect(mail.reset(application, password).fieldErrors == ["/new_password \(code)"])
      #expect(reset("x", password).fieldErrors == ["/new_password \(code)"])
    }
    let empty = application.post("/api/v1/auth/password/reset", "{}")
    #expect(empty.fieldErrors == ["/token required", "/new_password required"])
    #expect(mail.reset(application).status == 204)
  }

  @Test func `a disabled account gets no new password and keeps its token`() throws {
    let mail = try mail()
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    #expect(mail.reset(application).outcome == "403 account_disabled")
    try database.execute("UPDATE iris.accounts SET disabled_at = NULL")
    #expect(login(PasswordMail.password) == "200" && mail.reset(application).status == 204)
  }

  @Test func `an erased account has nothing to reset`() throws {
    let mail = try mail()
    try database.execute("DELETE FROM iris.accounts")
    expectRefusal(mail.reset(application))
  }

  @Test func `of fifty at once one counts`() throws {
    _ = try mail()
    let id = try database.text("SELECT id::text FROM iris.password_resets")
    let outcomes = try database.allAtOnce(50) { connection, index in
      try connection.run(
        "SELECT iris.reset_password($1, $2, NULL, 60, '[]', '[]', 'Europe/Paris')", [id, "hash \(index)"],
        deadline: TestDatabase.deadline(seconds: 30)
      ).text(0) ?? ""
    }
    #expect(outcomes.count { $0 == "ok" } == 1 && outcomes.count { $0 == "invalid" } == 49)
    #expect(
      try database.text("SELECT password_hash FROM iris.accounts")
        == "hash \(try #require(outcomes.firstIndex(of: "ok")))")
  }

  @Test func `a call that is sent again finds its work done`() throws {
    _ = try mail()
    let id = try #require(try database.text("SELECT id::text FROM iris.password_resets"))
    let records = PasswordStore.Records(events: "[]", notices: "[]")
    for _ in 1...2 {
      #expect(try application.services.passwords.spend(reset: id, on: "hash", knownKey: nil, records) == .spent)
    }
    #expect(try application.services.passwords.spend(reset: id, on: "other", knownKey: nil, records) == .void)
  }

  @Test func `secrets may rotate between the mail and its use`() throws {
    let mail = try mail()
    let next = "\(Sample.otherKey)x"
    for secrets in ["\(Sample.key),\(next)", "\(next),\(Sample.key)"] {
      let rotated = try TestApplication(["IRIS_JWT_SECRET": secrets], database: database)
      #expect(mail.reset(rotated, "court").fieldErrors == ["/new_password too_short"])
      #expect(rotated.services.resetTokens.reset(of: mail.token) != nil)
    }
    expectRefusal(mail.reset(try TestApplication(["IRIS_JWT_SECRET": next], database: database)))
    let last = try TestApplication(["IRIS_JWT_SECRET": "\(next),\(Sample.key)"], database: database)
    #expect(mail.reset(last).status == 204)
  }

  @Test func `without a database it is neither right nor wrong`() throws {
    let mail = try mail()
    let away = try TestApplication(["IRIS_DATABASE_URL": "host=/nonexistent"])
    #expect(mail.reset(away).outcome == "503 unavailable")
  }

  @Test func `nothing in the database opens the account`() throws {
    let mail = try mail()
    let rows = try database.column(
      "SELECT r::text FROM iris.password_resets r UNION ALL SELECT o::text FROM iris.outbox o")
    let code = Hex.encode(Array(try #require(Base64URL.decode(mail.token)).dropFirst(16)))
    #expect(rows.count == 2)
    for row in rows.compactMap({ $0 }) { #expect(!row.contains(mail.token) && !row.contains(code)) }
  }
}
