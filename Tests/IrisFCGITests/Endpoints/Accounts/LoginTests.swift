import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `POST /api/v1/auth/login` with PostgreSQL behind it.
@Suite(.needsDatabase) struct LoginTests {
  let database: TestDatabase
  let application: TestApplication

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    let reply = application.post(
      "/api/v1/auth/register", #"{"email":"noel@exemple.fr","password":"une phrase de passe"}"#)
    try #require(reply.status == 201)
  }

  private func login(_ email: String, _ password: String = "une phrase de passe", language: String? = nil) -> Reply {
    application.post(
      "/api/v1/auth/login", #"{"email":"\#(email)","password":"\#(password)"}"#, language: language)
  }

  @Test func `a login opens a session of its own`() throws {
    let (first, second) = (login("noel@exemple.fr"), login(" NOEL@exemple.fr "))
    #expect(first.status == 200 && second.status == 200)
    #expect(first.json.names == ["user", "access_token", "token_type", "expires_in", "refresh_token"])
    #expect(first["user"] == second["user"] && first["refresh_token"] != second["refresh_token"])
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 3)
    let token = try #require(second["access_token"]?.text)
    #expect(application.get("/api/v1/user/me", token: token).status == 200)
  }

  @Test func `nobody learns which addresses have an account`() throws {
    try database.execute(
      "INSERT INTO iris.accounts (id, email) VALUES ($1::uuid, 'ailleurs@exemple.fr')", [TestID.make()])
    let answers = [
      login("noel@exemple.fr", "une autre phrase"), login("inconnu@exemple.fr"), login("ailleurs@exemple.fr"),
      login("pas une adresse"), login(""), login("noel@exemple.fr", ""), login("inconnu@exemple.fr", ""),
      login("noel@exemple.fr", String(repeating: "x", count: 5_000)), login("n\\u0000oel@exemple.fr"),
      login("noel@exemple.fr", "une phrase de passe\\u0000"), login("noel\\u0001@exemple.fr"),
    ]
    for answer in answers {
      #expect(answer.outcome == "401 invalid_credentials")
      #expect(answer.response.body == answers[0].response.body && answer.response.fields == answers[0].response.fields)
    }
    #expect(answers[0]["login_url"]?.text == "https://iris.example/login")
    #expect(answers[0].field("WWW-Authenticate") == "Bearer realm=\"iris\"")
    #expect(login("inconnu@exemple.fr", language: "en")["title"]?.text == "Wrong credentials")
  }

  private static let incomplete: [(String, [String])] = [
    ("{}", ["/email required", "/password required"]),
    (#"{"email":true,"password":1}"#, ["/email type", "/password type"]),
  ]

  @Test func `what is missing is told`() {
    for (body, errors) in Self.incomplete {
      let reply = application.post("/api/v1/auth/login", body)
      #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == errors)
    }
  }

  @Test func `a disabled account is told to its owner only`() throws {
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    let owner = login("noel@exemple.fr")
    #expect(owner.outcome == "403 account_disabled" && owner["access_token"] == nil)
    #expect(login("noel@exemple.fr", "une autre phrase").outcome == "401 invalid_credentials")
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 1)
  }

  @Test func `an imported hash verifies once and is then one of ours`() throws {
    // Solar Designer's test vector of crypt_blowfish: the password U*U.
    let imported = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    try database.execute("UPDATE iris.accounts SET password_hash = $1", [imported])
    #expect(login("noel@exemple.fr", "U*V").outcome == "401 invalid_credentials")
    #expect(try database.text("SELECT password_hash FROM iris.accounts") == imported)
    #expect(login("noel@exemple.fr", "U*U").status == 200)
    let hash = try #require(try database.text("SELECT password_hash FROM iris.accounts"))
    #expect(hash.hasPrefix("$y$"))
    #expect(login("noel@exemple.fr", "U*U").status == 200)
    #expect(try database.text("SELECT password_hash FROM iris.accounts") == hash)
  }

  /// Of the password "Chaussette-9 à carreaux"; and of 72 letters a, which is all that bcrypt sees of more.
  private static let imported = [
    ("$2a$06$BWaYkHG9sF124CdybqcEouCO.PtbJ9QKxwe6gM2Ld7zySRCDtfxBO", "Chaussette-9 à carreaux"),
    ("$2b$06$S1Op.mCB6o.l3HqqXQ0Od.WrV71VfnLTl3DzbyRej0A7WRJOp6Zc6", "Chaussette-9 à carreaux"),
    ("$2y$06$xoT0NirewaOKPH/gh8Gf9enSulV/NrATBYYi7maSei82Gw9Ijr3Ie", "Chaussette-9 à carreaux"),
    ("$2b$04$P5SR5UAkQxtyBskJDg25aeLgsnTPdvErXiC3k5b/45sfuSeO7s.5q", String(repeating: "a", count: 72)),
  ]

  @Test(arguments: imported)
  func `bcrypt hashes of every name log in and become ours, and no longer password does`(
    hash: String, password: String
  ) throws {
    try database.execute("UPDATE iris.accounts SET password_hash = $1", [hash])
    #expect(login("noel@exemple.fr", password + "a").outcome == "401 invalid_credentials")
    #expect(try database.text("SELECT password_hash FROM iris.accounts") == hash)
    #expect(login("noel@exemple.fr", password).status == 200)
    #expect(try database.text("SELECT password_hash FROM iris.accounts")?.hasPrefix("$y$") == true)
    #expect(login("noel@exemple.fr", password).status == 200)
    #expect(login("noel@exemple.fr", password + "a").outcome == "401 invalid_credentials")
  }

  private static let damaged: [String] = ["", "*", "!", "plain", "$1$x$y", "$y$", "une phrase de passe"]

  @Test func `a stored text that is no hash lets nobody in`() throws {
    for stored in Self.damaged {
      try database.execute("UPDATE iris.accounts SET password_hash = $1", [stored])
      try database.execute("TRUNCATE iris.throttles")
      #expect(login("noel@exemple.fr").outcome == "401 invalid_credentials")
      #expect(login("noel@exemple.fr", stored).outcome == "401 invalid_credentials")
    }
  }

  @Test func `the tier of the token is the one that counts now`() throws {
    try database.execute("UPDATE iris.accounts SET beta_until = (now() AT TIME ZONE 'Europe/Paris')::date")
    let reply = login("noel@exemple.fr")
    #expect(reply["user"]?["tier"]?.text == "premium")
    let today = try database.text("SELECT (now() AT TIME ZONE 'Europe/Paris')::date::text")
    #expect(reply["user"]?["beta_until"]?.text == today)
    let token = try #require(reply["access_token"]?.text)
    let claims = try application.services.tokens.claims(
      authorization: "Bearer \(token)", now: Double(Clock.realtimeMilliseconds) / 1_000)
    #expect(claims.tier == .premium)
  }

  private static let devices: [(String, String?)] = [
    ("Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"), ("", nil), ("  ", nil), ("a\u{0}b\u{1B}[31m", "ab[31m"),
    (String(repeating: "é", count: 200), String(repeating: "é", count: 120)),
  ]

  @Test func `a session remembers the device in a few harmless words`() throws {
    for (userAgent, device) in Self.devices {
      var request = Request.test(
        "POST", "/api/v1/auth/login", #"{"email":"noel@exemple.fr","password":"une phrase de passe"}"#)
      request.userAgent = userAgent
      #expect(application.send(request).status == 200)
      #expect(try database.text("SELECT device FROM iris.sessions ORDER BY created_at DESC LIMIT 1") == device)
    }
  }
}
