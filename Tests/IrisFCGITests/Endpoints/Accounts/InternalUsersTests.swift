import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What the unified backend's tests have configured, and how they call the endpoint past the token.
struct BackendBench {
  static let issuer = "https://id.example.org"
  static let variables = [
    "IRIS_EXTERNAL_ISSUER": issuer, "IRIS_EXTERNAL_AUDIENCE": "iris",
    "IRIS_EXTERNAL_JWKS": "https://id.example.org/jwks", "IRIS_BACKEND_WEBHOOK_URL": "https://backend.example.org/hook",
    "IRIS_BACKEND_WEBHOOK_SECRET": "abcdefabcdefabcdefabcdefabcdefab",
  ]

  let database: TestDatabase
  let application: TestApplication

  init(_ variables: [String: String] = BackendBench.variables) throws {
    database = try TestDatabase()
    application = try TestApplication(variables, database: database)
  }

  func put(_ subject: String, _ body: String, language: String? = nil) throws -> Reply {
    let request = Request.test("PUT", "/api/v1/internal/users/\(subject)", body, language: language)
    guard case .object(let members) = try StrictJSON.parse(Array(body.utf8)) else { throw Problem(.invalidJSON) }
    let call = Call(
      request: request, services: application.services, token: nil, parameter: subject, members: members, channel: nil)
    do {
      return Reply(try InternalUsersEndpoint.put(call))
    } catch let problem as Problem {
      return Reply(problem.response(to: request))
    }
  }

  /// The row of a subject, as text.
  func row(_ subject: String) throws -> String? {
    try database.text(
      "SELECT concat_ws('|', email, external_email, name, tier, beta_until, external_issuer) FROM iris.accounts WHERE external_subject = $1",
      [subject])
  }

  /// `type metadata` of the account's events by time; ids of one millisecond have no order.
  func events(of account: String) throws -> [String?] {
    try database.column(
      "SELECT event_type || ' ' || metadata FROM iris.iris_events WHERE user_id = $1 ORDER BY timestamp, event_type",
      [application.services.pseudonyms.user(account)])
  }
}

@Suite(.needsDatabase) struct InternalUsersTests {
  private let bench: BackendBench

  init() throws { bench = try BackendBench() }

  private func id(_ reply: Reply) throws -> String { try #require(reply["id"]?.text) }

  @Test func `the first word on a user makes the account, and tells it`() throws {
    let body = #"{"email":" Marie@Example.ORG","tier":"premium","beta_until":"2999-01-31","name":"  Cafe\u0301 "}"#
    let reply = try bench.put("auth0|marie", body)
    let id = try id(reply)
    #expect(reply.status == 200 && id.dropFirst(14).first == "7")
    #expect(reply["email"]?.text == "marie@example.org" && reply["name"]?.text == "Caf\u{E9}")
    #expect(reply["tier"]?.text == "premium" && reply["beta_until"]?.text == "2999-01-31")
    #expect(reply["external_id"]?.text == "auth0|marie")
    #expect(
      reply.json.names == [
        "id", "email", "name", "tier", "beta_until", "created_at", "current_job", "target_job", "sector",
        "experience_years", "region", "goals", "external_id",
      ])
    #expect(try bench.row("auth0|marie") == "marie@example.org|Caf\u{E9}|premium|2999-01-31|\(BackendBench.issuer)")
    #expect(
      try bench.events(of: id) == [
        #"account_created {"origin": "service_interface"}"#, #"tier_upgrade {"to": "premium", "from": "free"}"#,
      ])
    #expect(
      try bench.database.column("SELECT topic || ' ' || user_id || ' ' || payload FROM iris.outbox") == [
        #"account.created \#(id) {"id": "\#(id)", "tier": "premium", "external_id": "auth0|marie"}"#
      ])
  }

  @Test func `the same word again changes nothing and is no event`() throws {
    let body = #"{"email":"a@b.fr","tier":"premium","beta_until":"2999-01-31","name":"Zoé"}"#
    let first = try bench.put("zoe", body)
    let version = try bench.database.text("SELECT xmin FROM iris.accounts")
    let second = try bench.put("zoe", body)
    #expect(second.status == 200 && second.json == first.json)
    #expect(try bench.database.text("SELECT xmin FROM iris.accounts") == version)
    #expect(try bench.database.integer("SELECT count(*) FROM iris.iris_events") == 2)
    #expect(try bench.database.integer("SELECT count(*) FROM iris.outbox") == 1)
  }

  @Test func `absent members stay, null clears`() throws {
    _ = try bench.put("zoe", #"{"email":"a@b.fr","tier":"free","beta_until":"2999-01-31","name":"Zoé"}"#)
    #expect(try bench.put("zoe", #"{"tier":"free"}"#)["name"]?.text == "Zoé")
    #expect(try bench.row("zoe") == "a@b.fr|Zoé|free|2999-01-31|\(BackendBench.issuer)")
    let cleared = try bench.put("zoe", #"{"tier":"free","email":null,"beta_until":null,"name":null}"#)
    #expect(cleared["email"] == .null && cleared["beta_until"] == .null && cleared["tier"]?.text == "free")
    #expect(try bench.row("zoe") == "free|\(BackendBench.issuer)")
  }

  @Test func `each change of the paid tier is one event`() throws {
    let id = try id(try bench.put("zoe", #"{"tier":"free","beta_until":"2999-01-31"}"#))
    for tier in ["premium", "premium", "free", "free", "premium"] { _ = try bench.put("zoe", #"{"tier":"\#(tier)"}"#) }
    #expect(
      try bench.events(of: id).dropFirst() == [
        #"tier_upgrade {"to": "premium", "from": "free"}"#, #"tier_downgrade {"to": "free", "from": "premium"}"#,
        #"tier_upgrade {"to": "premium", "from": "free"}"#,
      ])
  }

  @Test(
    arguments: [
      ("0", "premium"), ("1", "premium"), ("-1", "free"),
    ])
  func `a beta grant holds to the end of its last day`(days: String, tier: String) throws {
    let day = try #require(
      try bench.database.text("SELECT ((now() AT TIME ZONE 'Europe/Paris')::date + $1::integer)::text", [days]))
    let reply = try bench.put("zoe", #"{"tier":"free","beta_until":"\#(day)"}"#)
    #expect(reply["tier"]?.text == tier && reply["beta_until"]?.text == day)
  }

  @Test func `no account is ever found by its address`() throws {
    let user = try TestUser(bench.database)
    let first = try bench.put("one", #"{"tier":"premium","email":"\#(user.email)"}"#)
    let second = try bench.put("two", #"{"tier":"premium","email":"\#(user.email)"}"#)
    #expect(try Set([user.id, id(first), id(second)]).count == 3)
    #expect(try bench.database.text("SELECT tier FROM iris.accounts WHERE email = $1", [user.email]) == "free")
    #expect(try bench.database.integer("SELECT count(*) FROM iris.accounts") == 3)
  }

  @Test func `the same name at another issuer is another user`() throws {
    try bench.database.execute(
      "INSERT INTO iris.accounts (id, external_issuer, external_subject) VALUES (gen_random_uuid(), 'https://other', 'zoe')"
    )
    let reply = try bench.put("zoe", #"{"tier":"premium"}"#)
    #expect(
      try bench.database.text("SELECT id FROM iris.accounts WHERE external_issuer = $1", [BackendBench.issuer])
        == id(reply))
    #expect(
      try bench.database.text("SELECT tier FROM iris.accounts WHERE external_issuer = 'https://other'") == "free")
  }

  @Test func `who made the account at first sight does not matter, and a disabled one stays so`() throws {
    let id = try TestID.make()
    try bench.database.execute(
      "INSERT INTO iris.accounts (id, external_issuer, external_subject, disabled_at) VALUES ($1::uuid, $2, 'zoe', now())",
      [id, BackendBench.issuer])
    #expect(try bench.put("zoe", #"{"tier":"premium"}"#)["id"]?.text == id)
    #expect(try bench.database.integer("SELECT count(*) FROM iris.accounts WHERE disabled_at IS NOT NULL") == 1)
    #expect(try bench.events(of: id) == [#"tier_upgrade {"to": "premium", "from": "free"}"#])
    #expect(try bench.database.integer("SELECT count(*) FROM iris.outbox") == 0)
  }

  @Test func `a user who was erased starts with the counters of then`() throws {
    let text = Pseudonym.erasedSubject(issuer: BackendBench.issuer, subject: "zoe")
    let hash = try bench.application.services.pseudonyms.code(text)
    try bench.database.execute(
      """
      INSERT INTO iris.erased_identities (identity_hash, erased_at, date, message_count, expires_at)
      VALUES ($1, now(), (now() AT TIME ZONE 'Europe/Paris')::date, 7, now() + interval '1 day')
      """, [Bytea.text(hash)])
    let id = try id(try bench.put("zoe", #"{"tier":"free"}"#))
    let count = "SELECT message_count FROM iris.user_daily_usage WHERE user_id = $1::uuid"
    #expect(try bench.database.integer(count, [id]) == 7)
    let other = try self.id(try bench.put("other", #"{"tier":"free"}"#))
    #expect(try bench.database.integer(count, [other]) == nil)
  }

  @Test(
    arguments: [
      ("{}", ["/tier required"]), (#"{"tier":null}"#, ["/tier required"]), (#"{"tier":"gold"}"#, ["/tier choice"]),
      (#"{"tier":"Premium"}"#, ["/tier choice"]), (#"{"tier":1}"#, ["/tier type"]),
      (#"{"tier":"free","email":"nobody"}"#, ["/email email"]), (#"{"tier":"free","email":5}"#, ["/email type"]),
      (#"{"tier":"free","beta_until":"2027-02-29"}"#, ["/beta_until date"]),
      (#"{"tier":"free","beta_until":"2027-01-31T00:00:00Z"}"#, ["/beta_until date"]),
      (#"{"tier":"free","beta_until":20270131}"#, ["/beta_until type"]),
      (#"{"tier":"free","name":""}"#, ["/name too_short"]),
      (#"{"tier":"free","name":"a\u0000b"}"#, ["/name control_character"]),
      (
        #"{"email":"x","beta_until":"x","name":[]}"#,
        ["/tier required", "/email email", "/beta_until date", "/name type"]
      ),
    ])
  func `what is wrong is told, all at once, and nothing is kept`(body: String, errors: [String]) throws {
    let reply = try bench.put("zoe", body)
    #expect(reply.status == 422 && reply.fieldErrors == errors)
    #expect(try bench.database.integer("SELECT count(*) FROM iris.accounts") == 0)
  }

  @Test func `without an issuer there is nobody to keep`() throws {
    let bench = try BackendBench([:])
    for (language, word) in [("fr", "émetteur"), ("en", "issuer")] {
      let reply = try bench.put("zoe", #"{"tier":"free"}"#, language: language)
      #expect(reply.outcome == "503 unavailable" && reply["detail"]?.text?.contains(word) == true)
      #expect(reply["detail"]?.text?.contains("IRIS_EXTERNAL_ISSUER") == true)
    }
  }

  @Test func `without a webhook nothing is put on its way`() throws {
    let variables = BackendBench.variables.filter { !$0.key.hasPrefix("IRIS_BACKEND") }
    let bench = try BackendBench(variables)
    #expect(try bench.put("zoe", #"{"tier":"free"}"#).status == 200)
    #expect(try bench.database.integer("SELECT count(*) FROM iris.outbox") == 0)
  }
}

@Suite(.needsDatabase) struct InternalUsersRaceTests {
  @Test func `many first words at once make one account, and each is heard`() throws {
    let bench = try BackendBench()
    let url = bench.database.url
    let replies = try concurrently(12) { number in
      let application = try TestApplication(BackendBench.variables.merging(["IRIS_DATABASE_URL": url]) { $1 })
      let call = Call(
        request: .test("PUT", "/", "{}"), services: application.services, token: nil, parameter: "zoe",
        members: ["tier": .string("premium"), "name": .string("Zoé \(number)")], channel: nil)
      return Reply(try InternalUsersEndpoint.put(call))
    }
    #expect(replies.allSatisfy { $0.status == 200 } && Set(replies.compactMap { $0["id"]?.text }).count == 1)
    #expect(try bench.database.integer("SELECT count(*) FROM iris.accounts") == 1)
    #expect(try bench.database.integer("SELECT count(*) FROM iris.outbox") == 1)
    #expect(
      try bench.events(of: try #require(replies[0]["id"]?.text)) == [
        #"account_created {"origin": "service_interface"}"#, #"tier_upgrade {"to": "premium", "from": "free"}"#,
      ])
  }

  @Test func `an id that was asked for too early changes nothing`() throws {
    let bench = try BackendBench()
    let services = bench.application.services
    let identity = ExternalIdentity(issuer: BackendBench.issuer, subject: "zoe")
    var change = AccountChange()
    change.set(tier: .premium)
    func put(_ id: String, isNew: Bool) throws -> Account? {
      let erased = Pseudonym.erasedSubject(issuer: identity.issuer, subject: identity.subject)
      let beginning = try AccountBeginning(
        account: id, origin: .serviceInterface, erased: erased, tier: .premium, services)
      return try services.externalUsers.put(
        identity, id: id, change: try change.parameters(account: id, services.pseudonyms),
        beginning: isNew ? beginning.parameters : nil)
    }
    let (first, second) = (try TestID.make(), try TestID.make())
    // Erased meanwhile: no account comes back to life.
    #expect(try put(first, isNew: false) == nil)
    #expect(try put(first, isNew: true)?.id == first)
    // Sent again when its outcome was unknown.
    #expect(try put(first, isNew: true)?.id == first)
    // Made by somebody else meanwhile.
    #expect(try put(second, isNew: true) == nil)
    #expect(try bench.database.column("SELECT id FROM iris.accounts") == [first])
    #expect(try bench.database.integer("SELECT count(*) FROM iris.iris_events") == 2)
  }
}
