import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `POST /api/v1/auth/register` with PostgreSQL behind it.
@Suite(.needsDatabase) struct RegistrationTests {
  let database: TestDatabase
  let application: TestApplication

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
  }

  private static let password = "une phrase de passe"

  private func register(_ email: String, _ password: String = password, more: String = "") -> Reply {
    application.post("/api/v1/auth/register", #"{"email":"\#(email)","password":"\#(password)"\#(more)}"#)
  }

  @Test func `a new account gets a session at once`() throws {
    let reply = register("Lea@Example.org", more: #","name":"  Léa  ","tier":"premium","id":"x""#)
    #expect(reply.status == 201 && reply.field("Cache-Control") == "no-store")
    #expect(reply.json.names == ["user", "access_token", "token_type", "expires_in", "refresh_token"])
    #expect(reply["token_type"]?.text == "bearer" && reply["expires_in"]?.number == 900)
    let user = try #require(reply["user"])
    #expect(
      user.names == [
        "id", "email", "name", "tier", "beta_until", "created_at", "current_job", "target_job", "sector",
        "experience_years", "region", "goals",
      ])
    #expect(user["email"]?.text == "lea@example.org" && user["name"]?.text == "Léa" && user["tier"]?.text == "free")
    #expect(user["goals"] == .null && user["beta_until"] == .null)
    #expect(user["id"]?.text.map { Identifier.isUUID($0) && $0.dropFirst(14).first == "7" } == true)
    #expect(user["created_at"]?.text?.hasSuffix("Z") == true)

    let token = try #require(reply["access_token"]?.text)
    let me = application.get("/api/v1/user/me", token: token)
    #expect(me.status == 200 && me.json == user)
  }

  @Test func `nothing that was given is kept in clear`() throws {
    let reply = register("lea@example.org")
    let hash = try #require(try database.text("SELECT password_hash FROM iris.accounts"))
    #expect(hash.hasPrefix("$y$") && Password.verify(Array(Self.password.utf8), against: hash) == .match)
    let refresh = try #require(reply["refresh_token"]?.text.flatMap { Base64URL.decode($0) })
    let stored = try database.text("SELECT token_hash::text FROM iris.refresh_tokens")
    #expect(stored == Bytea.text(Digest.sha256(refresh)))
  }

  @Test(arguments: [
    // Composed, decomposed, upper case, surrounded by space: one address.
    "noël@exemple.fr", "noe\u{308}l@exemple.fr", "NOËL@EXEMPLE.FR", "  Noe\u{308}l@Exemple.FR ",
    "NOE\u{308}L@exemple.fr",
  ])
  func `one address, one account`(spelling: String) throws {
    #expect(register("Noël@exemple.fr").status == 201)
    let second = register(spelling, "une autre phrase")
    #expect(second.outcome == "409 email_taken" && second["access_token"] == nil)
    #expect(try database.integer("SELECT count(*) FROM iris.accounts") == 1)
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 1)
  }

  @Test func `of ten at once one gets the address`() throws {
    let url = database.url
    let outcomes = try concurrently(10) { index in
      let body = #"{"email":"lea@example.org","password":"une phrase de passe \#(index)"}"#
      return try TestApplication(["IRIS_DATABASE_URL": url]).post("/api/v1/auth/register", body).outcome
    }
    #expect(outcomes.count { $0 == "201" } == 1 && outcomes.count { $0 == "409 email_taken" } == 9)
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 1)
  }

  private static let wrong: [(body: String, errors: [String])] = [
    // The body, and every error in it.
    ("{}", ["/email required", "/password required"]),
    (#"{"email":null,"password":null,"name":null}"#, ["/email required", "/password required"]),
    (#"{"email":1,"password":[],"name":{}}"#, ["/email type", "/password type", "/name type"]),
    (#"{"email":"a@b.fr","password":"court"}"#, ["/password too_short"]),
    (#"{"email":"a@b.fr","password":"1234567"}"#, ["/password too_short"]),
    (#"{"email":"a@b.fr","password":"éééé😀😀😀"}"#, ["/password too_short"]),
    (#"{"email":"a@b.fr","password":"password"}"#, ["/password too_common"]),
    (#"{"email":"a@b.fr","password":"abcdefgh\u0000ij"}"#, ["/password control_character"]),
    (#"{"email":"a@b.fr","password":"\#(String(repeating: "x", count: 129))"}"#, ["/password too_long"]),
    (#"{"email":"a@b.fr","password":"\#(String(repeating: "😀", count: 126))"}"#, ["/password too_long"]),
    (#"{"email":"pas une adresse","password":"une phrase"}"#, ["/email email"]),
    (#"{"email":"a@b","password":"une phrase"}"#, ["/email email"]),
    (#"{"email":"a\u0000@b.fr","password":"une phrase"}"#, ["/email email"]),
    (#"{"email":"a\u0001@b.fr","password":"une phrase"}"#, ["/email email"]),
    (#"{"email":"a@b.fr\r\nBcc: x@y.fr","password":"une phrase"}"#, ["/email email"]),
    (#"{"email":"a@b.fr","password":"une phrase","name":""}"#, ["/name too_short"]),
    (#"{"email":"a@b.fr","password":"une phrase","name":"   "}"#, ["/name too_short"]),
    (#"{"email":"a@b.fr","password":"une phrase","name":"a\u0000b"}"#, ["/name control_character"]),
    (
      #"{"email":"a@b.fr","password":"une phrase","name":"\#(String(repeating: "é", count: 101))"}"#, ["/name too_long"]
    ),
    (#"{"email":"x","password":"x","name":""}"#, ["/email email", "/name too_short", "/password too_short"]),
  ]

  @Test func `everything that is wrong is told at once`() throws {
    for (body, errors) in Self.wrong {
      let reply = application.post("/api/v1/auth/register", body)
      #expect(reply.outcome == "422 validation_failed", "\(body)")
      #expect(Set(reply.fieldErrors) == Set(errors) && reply.fieldErrors.count == errors.count, "\(body)")
    }
    #expect(try database.integer("SELECT count(*) FROM iris.accounts") == 0)
  }

  private static let passwords = [
    "12 caracteres", "  spaces around  ", "e\u{301}e\u{301}e\u{301}e\u{301}", "tab\\tand\\nline",
    String(repeating: "é", count: 128), String(repeating: "😀", count: 125), "\\u0001\\u0002 control", "ＰＡＳＳＷＯＲＤ",
  ]

  @Test func `a password is taken byte for byte`() throws {
    for (number, password) in Self.passwords.enumerated() {
      let email = "lea\(number)@example.org"
      #expect(register(email, password).status == 201)
      let attempts = [(password, 200), (password + " ", 401), (" " + password, 401), ("x" + password, 401)]
      for (attempt, status) in attempts {
        let login = application.post("/api/v1/auth/login", #"{"email":"\#(email)","password":"\#(attempt)"}"#)
        #expect(login.status == status, "\(attempt)")
      }
    }
  }

  @Test func `a password is not normalised`() throws {
    #expect(register("lea@example.org", "e\u{301}te\u{301} 2026").status == 201)
    let composed = application.post(
      "/api/v1/auth/login", "{\"email\":\"lea@example.org\",\"password\":\"\u{E9}t\u{E9} 2026\"}")
    #expect(composed.outcome == "401 invalid_credentials")
  }

  @Test func `the longest name counts scalars, not letters`() throws {
    let family = "👨‍👩‍👧‍👦"  // one letter, seven scalars
    #expect(register("a@b.fr", more: ",\"name\":\"\(String(repeating: family, count: 14))\"").status == 201)
    let tooLong = register("c@d.fr", more: ",\"name\":\"\(String(repeating: family, count: 15))\"")
    #expect(tooLong.fieldErrors == ["/name too_long"])
  }
}
