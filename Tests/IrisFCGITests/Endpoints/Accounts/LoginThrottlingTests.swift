import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `login` and `register` under attack, as clients see it.
@Suite(.needsDatabase) struct LoginThrottlingTests {
  let database: TestDatabase
  let application: TestApplication

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    try #require(register("noel@exemple.fr", from: "192.0.2.1").status == 201)
    try database.execute("DELETE FROM iris.throttles")
  }

  private func send(_ path: String, _ body: String, from address: String?, queued: Int, unlimited: Bool) -> Reply {
    var request = Request.test("POST", path, body)
    request.remoteAddress = address
    request.queueMilliseconds = queued
    request.isUnlimitedAddress = unlimited
    return application.send(request)
  }

  private func login(
    _ email: String = "noel@exemple.fr", _ password: String = "une phrase de passe", from address: String?,
    queued: Int = 0, unlimited: Bool = false
  ) -> Reply {
    send(
      "/api/v1/auth/login", #"{"email":"\#(email)","password":"\#(password)"}"#, from: address, queued: queued,
      unlimited: unlimited)
  }

  private func register(_ email: String, from address: String?, queued: Int = 0, unlimited: Bool = false) -> Reply {
    send(
      "/api/v1/auth/register", #"{"email":"\#(email)","password":"une phrase de passe"}"#, from: address,
      queued: queued, unlimited: unlimited)
  }

  @Test func `after six wrong passwords strangers wait, the owner's known address does not`() throws {
    for number in 1...6 { #expect(login("noel@exemple.fr", "faux faux", from: "198.51.100.\(number)").status == 401) }
    let refused = login(from: "198.51.100.9")
    #expect(refused.outcome == "429 login_throttled" && refused.field("Retry-After") == "2")
    #expect(login(from: nil).status == 429)
    #expect(login(from: "192.0.2.1").status == 200)
    #expect(login(from: "::ffff:192.0.2.1").status == 200)
    #expect(login(from: "198.51.100.9").status == 429)
    try database.age(bySeconds: 2)
    #expect(login(from: "198.51.100.9").status == 200)
  }

  @Test func `an address that nobody has is throttled like one with an account`() throws {
    for email in ["inconnu@exemple.fr", "pas une adresse", "n\\u0000oel@exemple.fr"] {
      let statuses = (1...7).map { login(email, from: "198.51.100.\($0)").status }
      #expect(statuses == [401, 401, 401, 401, 401, 401, 429], "\(email)")
    }
    #expect(login(from: "198.51.100.1").status == 200)
  }

  @Test func `a network of IPv6 is one address`() throws {
    #expect(login(from: "2001:db8::1").status == 200)
    for _ in 1...6 { #expect(login("noel@exemple.fr", "faux faux", from: "2001:db8:0:1::1").status == 401) }
    #expect(login(from: "2001:db8:0:1::2").status == 429)
    #expect(login(from: "2001:db8::ffff").status == 200)
  }

  @Test func `a request that waited too long is served to who is known`() throws {
    let refused = login(from: "198.51.100.1", queued: 2_001)
    #expect(refused.outcome == "429 login_throttled" && refused.field("Retry-After") == "5")
    #expect(refused["detail"]?.text?.contains("en ce moment") == true)
    #expect(login("inconnu@exemple.fr", from: "192.0.2.1", queued: 2_001).outcome == refused.outcome)
    #expect(register("lea@exemple.fr", from: "192.0.2.1", queued: 2_001).outcome == refused.outcome)
    #expect(login(from: "192.0.2.1", queued: 2_001).status == 200)
    #expect(login("noel@exemple.fr", "faux faux", from: "192.0.2.1", queued: 2_001).status == 401)
    #expect(login(from: "198.51.100.1").status == 200)
  }

  @Test func `events name nobody but who proved to be`() throws {
    _ = login("noel@exemple.fr", "faux faux", from: "198.51.100.1")
    _ = login("inconnu@exemple.fr", from: "198.51.100.1")
    #expect(login(from: "198.51.100.1").status == 200)
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    #expect(login(from: "198.51.100.1").outcome == "403 account_disabled")
    let id = try #require(try database.text("SELECT id FROM iris.accounts"))
    let pseudonym = try #require(application.services.pseudonyms.user(id))
    let events = try database.column(
      """
      SELECT event_type || ' ' || (CASE event_type WHEN 'login' THEN metadata->>'outcome' ELSE metadata->>'origin' END)
          || coalesce(' ' || user_id, '') FROM iris.iris_events ORDER BY id
      """)
    #expect(
      events == [
        "account_created registration \(pseudonym)", "login failed", "login failed", "login succeeded \(pseudonym)",
        "login disabled \(pseudonym)",
      ])
  }

  @Test func `an account with an address of former rules still logs in`() throws {
    try database.execute("UPDATE iris.accounts SET email = 'no(e)l..x@exemple.fr'")
    #expect(login("No(e)l..X@exemple.fr", from: "192.0.2.1").status == 200)
    #expect(register("a(b)@exemple.fr", from: "192.0.2.1").fieldErrors == ["/email email"])
  }

  @Test func `addresses known under a former key are known`() throws {
    let variables = ["IRIS_ANONYMISATION_KEY": "\(Sample.key),\(Sample.otherKey)"]
    let rotated = try TestApplication(variables, database: database)
    for _ in 1...6 { _ = login("noel@exemple.fr", "faux faux", from: "198.51.100.1") }
    var request = Request.test(
      "POST", "/api/v1/auth/login", #"{"email":"noel@exemple.fr","password":"une phrase de passe"}"#)
    request.remoteAddress = "192.0.2.1"
    request.queueMilliseconds = 2_000
    #expect(rotated.send(request).status == 200)
    #expect(try database.integer("SELECT count(*) FROM iris.known_addresses") == 2)
  }

  @Test func `no address and no e-mail address is stored with what is counted`() throws {
    _ = login("noel@exemple.fr", "faux faux", from: "198.51.100.77")
    let dump = try database.column(
      "SELECT t::text FROM iris.throttles t UNION ALL SELECT k::text FROM iris.known_addresses k")
    #expect(dump.count == 3)
    for text in dump.compactMap(\.self) {
      for trace in ["198.51.100.77", "192.0.2.1", "noel"] {
        #expect(!text.contains(trace) && !text.contains(Hex.encode(Array(trace.utf8))))
      }
    }
  }

  @Test func `the eleventh account of an address is the last for a while`() throws {
    for number in 1...10 { #expect(register("p\(number)@exemple.fr", from: "203.0.113.1").status == 201) }
    #expect(register("p1@exemple.fr", from: "203.0.113.1").outcome == "409 email_taken")
    let refused = register("p11@exemple.fr", from: "203.0.113.1")
    #expect(refused.outcome == "429 rate_limited" && refused.field("Retry-After") == "2")
    #expect(refused["detail"]?.text?.contains("comptes") == true)
    #expect(register("p11@exemple.fr", from: "203.0.113.2").status == 201)
    #expect(register("p12@exemple.fr", from: "203.0.113.1", unlimited: true).status == 201)
    try database.age(bySeconds: 2)
    #expect(register("p13@exemple.fr", from: "203.0.113.1").status == 201)
    #expect(register("p14@exemple.fr", from: "203.0.113.1").field("Retry-After") == "4")
  }

  @Test func `whoever erases an account and signs up again goes on where the day was`() throws {
    let key = try application.services.pseudonyms.code(Pseudonym.erasedEmail("lea@exemple.fr"))
    let days = [("0", 7), ("1", 0)]
    for (age, used) in days {
      try database.execute(
        """
        INSERT INTO iris.erased_identities (identity_hash, erased_at, date, message_count, blocked_count, expires_at)
        VALUES ($1::bytea, now(), (now() AT TIME ZONE 'Europe/Paris')::date - $2::integer, 7, 3, now() + interval '1 d')
        """, [Bytea.text(key), age])
      let reply = register("Lea@exemple.fr", from: "203.0.113.1")
      let id = try #require(reply["user"]?["id"]?.text)
      let sql = "SELECT coalesce(sum(message_count), 0) FROM iris.user_daily_usage WHERE user_id = $1::uuid"
      #expect(try database.integer(sql, [id]) == used)
      try database.execute("DELETE FROM iris.erased_identities")
      try database.execute("DELETE FROM iris.accounts WHERE id = $1::uuid", [id])
    }
  }

  @Test func `the backend is told of a new account, once it is there`() throws {
    let told = try TestApplication(
      [
        "IRIS_BACKEND_WEBHOOK_URL": "https://backend.example/hook",
        "IRIS_BACKEND_WEBHOOK_SECRET": String(Sample.key.reversed()),
      ], database: database)
    let body = #"{"email":"lea@exemple.fr","password":"une phrase de passe"}"#
    #expect(told.post("/api/v1/auth/register", body).status == 201)
    #expect(told.post("/api/v1/auth/register", body).status == 409)
    let rows = try database.column(
      "SELECT o.topic || ' ' || (o.payload->>'tier') FROM iris.outbox o JOIN iris.accounts a ON a.id = o.user_id")
    #expect(rows == ["account.created free"])
  }
}
