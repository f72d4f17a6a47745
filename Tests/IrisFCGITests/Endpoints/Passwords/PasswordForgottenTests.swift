import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `POST /api/v1/auth/password/forgot`, and the mail that comes of it.
@Suite(.needsDatabase) struct PasswordForgottenTests {
  let database: TestDatabase
  let application: TestApplication

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(PasswordMail.variables, database: database)
    try #require(application.post("/api/v1/auth/register", PasswordMail.credentials()).status == 201)
  }

  private func forgot(_ email: String, from address: String? = nil, isUnlimited: Bool = false) -> Reply {
    var request = Request.test("POST", "/api/v1/auth/password/forgot", #"{"email":"\#(email)"}"#)
    request.remoteAddress = address
    request.isUnlimitedAddress = isUnlimited
    return application.send(request)
  }

  private var queued: Int? { get throws { try database.integer("SELECT count(*) FROM iris.outbox") } }

  @Test func `every address gets the same answer after the same work`() throws {
    try database.execute(
      "INSERT INTO iris.accounts (id, email, disabled_at) VALUES ($1::uuid, 'muet@exemple.fr', now())", [TestID.make()])
    for email in [PasswordMail.email, "inconnue@exemple.fr", "muet@exemple.fr"] {
      let reply = forgot(email)
      #expect(reply.status == 202 && reply.response.body.isEmpty)
      #expect(reply.response.fields == forgot(email).response.fields)
      #expect(application.services.database.roundTrips == 1)
    }
    #expect(try queued == 6 && database.integer("SELECT count(*) FROM iris.password_resets") == 0)
  }

  @Test func `the notice is nobody's, and of no use after half an hour`() throws {
    _ = forgot(" LEA@exemple.fr")
    let row = try database.text(
      "SELECT concat_ws(' ', kind, topic, coalesce(user_id::text, '-'), payload, expires_at - created_at) FROM iris.outbox"
    )
    #expect(row == "mail password_forgot - {\"email\": \"lea@exemple.fr\", \"language\": \"fr\"} 00:30:00")
  }

  private static let malformed: [(String, [String])] = [
    ("{}", ["/email required"]), (#"{"email":7}"#, ["/email type"]),
    (#"{"email":"pas une adresse"}"#, ["/email email"]),
    (#"{"email":"l\u0000ea@exemple.fr"}"#, ["/email email"]),
  ]

  @Test func `what is no address is told`() throws {
    for (body, errors) in Self.malformed {
      let reply = application.post("/api/v1/auth/password/forgot", body)
      #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == errors)
    }
    #expect(try queued == 0)
  }

  @Test func `one mailbox gets three an hour, and nobody learns when that is reached`() throws {
    for number in 1...5 {
      #expect(forgot(PasswordMail.email, from: "192.0.2.\(number)").status == 202)
      #expect(try queued == min(number, PasswordResetRules.mailsPerEmail))
    }
    #expect(forgot("autre@exemple.fr", from: "192.0.2.9").status == 202)
    #expect(try queued == 4)
    try database.execute("UPDATE iris.throttles SET started_at = started_at - interval '1 h'")
    #expect(forgot(PasswordMail.email, from: "192.0.2.1").status == 202)
    #expect(try queued == 5)
  }

  @Test func `one client asks for ten an hour, unless its address is exempt`() throws {
    for number in 1...12 { #expect(forgot("p\(number)@exemple.fr", from: "192.0.2.1").status == 202) }
    #expect(try queued == PasswordResetRules.mailsPerAddress)
    #expect(forgot("p13@exemple.fr", from: "192.0.2.2").status == 202)
    #expect(forgot("p14@exemple.fr", from: "192.0.2.1", isUnlimited: true).status == 202)
    #expect(try queued == 12)
  }

  /// Else one client could use up what is another one's.
  @Test func `a client over its bound takes nothing from a mailbox`() throws {
    for _ in 1...10 { _ = forgot("p\(try TestID.make())@exemple.fr", from: "192.0.2.1") }
    for _ in 1...5 { _ = forgot(PasswordMail.email, from: "192.0.2.1") }
    #expect(try queued == 10)
    _ = forgot(PasswordMail.email, from: "192.0.2.2")
    #expect(try queued == 11)
  }

  @Test func `of thirty at once three pass`() throws {
    let passed = try database.allAtOnce(30) { connection, index in
      try connection.run(
        "SELECT iris.request_password_reset('[]', NULL, 1, '\\x01', 3, 3600)",
        deadline: TestDatabase.deadline(seconds: 30)
      ).boolean(0) ?? false
    }
    #expect(passed.count { $0 } == 3)
  }

  @Test func `counters hold no address`() throws {
    _ = forgot(PasswordMail.email, from: "192.0.2.77")
    let told = try database.column("SELECT t::text FROM iris.throttles t").compactMap { $0 }.joined()
    #expect(!told.isEmpty && !told.contains("192.0.2") && !told.contains("lea"))
  }

  @Test func `without a database, and without a mail server`() throws {
    let away = try TestApplication(PasswordMail.variables.merging(["IRIS_DATABASE_URL": "host=/nonexistent"]) { $1 })
    let body = #"{"email":"\#(PasswordMail.email)"}"#
    #expect(away.post("/api/v1/auth/password/forgot", body).outcome == "503 unavailable")
    #expect(try TestApplication(database: database).post("/api/v1/auth/password/forgot", body).status == 202)
    #expect(try queued == 0)
  }

  @Test func `the mail has the link, says how long it is good, and what to do else`() throws {
    let french = try PasswordMail(application, database).message
    #expect(french.to == PasswordMail.email && french.subject == "Choisissez un nouveau mot de passe")
    #expect(french.text.contains("https://iris.example/reset-password#token="))
    #expect(french.html.contains("<a href=\"https://iris.example/reset-password#token="))
    #expect(french.text.contains("30 minutes") && french.text.contains("Europe/Paris"))
    #expect(french.text.contains("ignorer ce message") && french.text.hasPrefix("Bonjour,"))
    let english = try PasswordMail(application, database, language: "en").message
    #expect(english.subject == "Choose a new password" && english.text.contains("ignore this message"))
  }

  @Test func `the time in the mail is the reset's end where people live`() throws {
    let mail = try PasswordMail(application, database)
    let end = try database.text(
      "SELECT to_char(expires_at AT TIME ZONE 'Europe/Paris', 'HH24:MI') FROM iris.password_resets")
    #expect(mail.message.text.contains("(jusqu'à \(try #require(end)), Europe/Paris)"))
    let seconds = try database.integer(
      "SELECT round(extract(epoch FROM expires_at - created_at)) FROM iris.password_resets")
    #expect(seconds == 1_800)
  }

  @Test func `trying a mail again makes no second reset and no later end`() throws {
    let first = try PasswordMail(application, database).message
    #expect(try PasswordMail.prepare(application, database) == first)
    #expect(try database.integer("SELECT count(*) FROM iris.password_resets") == 1)
  }

  @Test func `a mail whose reset was used is not sent again`() throws {
    #expect(try PasswordMail(application, database).reset(application).status == 204)
    #expect(try PasswordMail.prepare(application, database) == nil)
  }

  @Test(arguments: [
    "DELETE FROM iris.accounts", "UPDATE iris.accounts SET disabled_at = now()",
    "UPDATE iris.accounts SET email = NULL, external_email = 'lea@exemple.fr', external_issuer = 'i', external_subject = 's'",
    "UPDATE iris.accounts SET external_issuer = 'i', external_subject = 's'",
  ])
  func `who has nothing to reset gets no mail`(change: String) throws {
    _ = forgot(PasswordMail.email)
    try database.execute(change)
    #expect(try PasswordMail.prepare(application, database) == nil)
    #expect(try database.integer("SELECT count(*) FROM iris.password_resets") == 0)
  }

  @Test func `an imported account without a password gets its first one`() throws {
    try database.execute("UPDATE iris.accounts SET password_hash = NULL")
    #expect(try PasswordMail(application, database).reset(application, "une première phrase").status == 204)
    #expect(application.post("/api/v1/auth/login", PasswordMail.credentials("une première phrase")).status == 200)
  }

  @Test func `without an address of the site the mail waits`() throws {
    _ = forgot(PasswordMail.email)
    let nowhere = try TestApplication(database: database)
    #expect(throws: Problem(.unavailable)) { try PasswordMail.prepare(nowhere, database) }
  }
}
