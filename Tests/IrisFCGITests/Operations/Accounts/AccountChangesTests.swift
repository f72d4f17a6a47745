import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `iris-fcgi user add`, `tier`, `beta`, `disable` and `enable`: what they leave in the database.
@Suite(.needsDatabase) struct AccountChangesTests {
  private let database: TestDatabase

  init() throws { database = try TestDatabase() }

  private func run(_ words: String, _ variables: [String: String] = [:]) throws -> AccountsRun {
    try AccountsRun(words, url: database.url, Typist("une longue phrase"), variables)
  }

  /// `type metadata` of all events by time (ids of one millisecond have no order); each must be the account's.
  private func events(of account: String) throws -> [String?] {
    let pseudonym = try Pseudonyms(keys: [Secret(Sample.otherKey)]).user(account)
    #expect(try database.column("SELECT DISTINCT user_id FROM iris.iris_events") == [pseudonym])
    return try database.column(
      "SELECT event_type || ' ' || metadata FROM iris.iris_events ORDER BY timestamp, event_type")
  }

  @Test func `a new account is an event, and a notice to a backend that wants it`() throws {
    let hook = BackendBench.variables.filter { $0.key.hasPrefix("IRIS_BACKEND") }
    let made = try run("add marie@example.org --tier premium --password-stdin --json", hook)
    let id = try #require(made.json["id"]?.text)
    #expect(
      try events(of: id) == [
        #"account_created {"origin": "command_line"}"#, #"tier_upgrade {"to": "premium", "from": "free"}"#,
      ])
    #expect(
      try database.column("SELECT topic || ' ' || user_id || ' ' || payload FROM iris.outbox") == [
        #"account.created \#(id) {"id": "\#(id)", "tier": "premium", "external_id": null}"#
      ])
  }

  @Test func `who was erased and comes back starts with the counters of then`() throws {
    let keys = try Pseudonyms(keys: [Secret(Sample.otherKey)])
    try database.execute(
      """
      INSERT INTO iris.erased_identities (identity_hash, erased_at, date, message_count, expires_at)
      VALUES ($1, now(), (now() AT TIME ZONE 'Europe/Paris')::date, 7, now() + interval '1 day')
      """, [Bytea.text(try keys.code(Pseudonym.erasedEmail("marie@example.org")))])
    #expect(try run("add Marie@example.org --password-stdin").code == 0)
    #expect(try database.integer("SELECT message_count FROM iris.user_daily_usage") == 7)
  }

  @Test func `an account is found by an address of former rules, too, but none is made`() throws {
    let user = try TestUser(database)
    try database.execute("UPDATE iris.accounts SET email = 'a..b@example.org' WHERE id = $1::uuid", [user.id])
    #expect(try run("show A..B@example.org --json").json["id"]?.text == user.id)
    #expect(try run("add c..d@example.org --password-stdin").code == 2)
  }

  @Test func `a tier is changed, and a beta grant goes on`() throws {
    let user = try TestUser(database)
    #expect(try run("tier \(user.email) premium").output == "\(user.email): premium\n")
    #expect(try run("tier \(user.email) premium").output == "\(user.email): premium\n")
    #expect(try database.text("SELECT tier FROM iris.accounts") == "premium")
    #expect(try run("tier \(user.id) free").output == "\(user.email): free\n")
    #expect(
      try events(of: user.id) == [
        #"tier_upgrade {"to": "premium", "from": "free"}"#, #"tier_downgrade {"to": "free", "from": "premium"}"#,
      ])
    let guest = try TestUser(database, tier: .premium, betaUntil: "'2999-12-31'")
    #expect(
      try run("tier \(guest.id) free").output
        == "\(guest.email): free once its beta grant ends, premium to 2999-12-31\n")
    #expect(try database.text("SELECT tier FROM iris.accounts WHERE id = $1::uuid", [guest.id]) == "free")
    let json = try run("tier \(guest.id) free --json").json
    #expect(json["tier"]?.text == "premium" && json["paid_tier"]?.text == "free")
  }

  @Test func `a beta grant is given, told as it counts, and taken back`() throws {
    let user = try TestUser(database)
    let today = try #require(try database.text("SELECT (now() AT TIME ZONE 'Europe/Paris')::date::text"))
    let name = user.email
    #expect(try run("beta \(name) --until 2999-01-31").output == "\(name): premium to 2999-01-31\n")
    #expect(try run("beta \(name) --until \(today)").output == "\(name): premium to \(today)\n")
    #expect(
      try run("beta \(name) --until 2020-02-29").output == "\(name): free: its beta grant ended with 2020-02-29\n")
    #expect(try database.text("SELECT beta_until::text FROM iris.accounts") == "2020-02-29")
    #expect(try run("beta \(user.id) --none").output == "\(name): free, without a beta grant\n")
    #expect(try database.text("SELECT beta_until::text FROM iris.accounts") == nil)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_events") == 0)
    let payer = try TestUser(database, tier: .premium)
    #expect(
      try run("beta \(payer.id) --until 2999-01-31").output
        == "\(payer.email): premium, whatever its beta grant to 2999-01-31\n")
    #expect(try run("beta \(payer.id) --until 2999-01-31 --json").json["beta_until"]?.text == "2999-01-31")
  }

  @Test func `a disabled account is refused at its next request, and goes on when it is enabled`() throws {
    let user = try TestUser(database)
    let application = try TestApplication(database: database)
    let token = try application.token(for: user)
    let first = try run("disable \(user.email)")
    #expect(first.output.hasPrefix("\(user.email): disabled; from now on it is refused (account_disabled)"))
    #expect(first.output.contains("iris-fcgi user sessions \(user.email) --end-all"))
    #expect(application.get("/api/v1/user/me", token: token).outcome == "403 account_disabled")
    let moment = try database.text("SELECT disabled_at FROM iris.accounts")
    let again = try run("disable \(user.id) --json")
    #expect(again.json["disabled_at"]?.text != nil)
    #expect(try database.text("SELECT disabled_at FROM iris.accounts") == moment)
    let listed = try run("list").output.split(separator: "\n")[1].split(separator: " ")
    #expect(listed[3] == "disabled")
    #expect(try run("enable \(user.email)").output == "\(user.email): enabled\n")
    #expect(try run("enable \(user.email) --json").json["disabled_at"] == .null)
    #expect(application.get("/api/v1/user/me", token: token).status == 200)
  }
}

/// Accounts of other issuers, whose addresses are not theirs alone.
@Suite(.needsDatabase) struct AccountReferenceTests {
  private let database: TestDatabase

  init() throws { database = try TestDatabase() }

  private func run(_ words: String) throws -> AccountsRun { try AccountsRun(words, url: database.url) }

  private func external(_ subject: String, email: String) throws -> String {
    let id = try TestID.make()
    try database.execute(
      """
      INSERT INTO iris.accounts (id, external_issuer, external_subject, external_email)
      VALUES ($1::uuid, 'https://id.example.org', $2, $3)
      """, [id, subject, email])
    return id
  }

  @Test func `the only one with an address is found by it`() throws {
    let id = try external("auth0|marie", email: "marie@example.org")
    let json = try run("show Marie@Example.org --json").json
    #expect(json["id"]?.text == id && json["email"]?.text == "marie@example.org")
    #expect(json["external_id"]?.text == "auth0|marie")
    #expect(json["external_issuer"]?.text == "https://id.example.org")
  }

  @Test func `several are told apart by their ids`() throws {
    let ids = [try external("one", email: "a@example.org"), try external("two", email: "a@example.org")]
    let run = try run("tier a@example.org premium")
    #expect(run.code == 1 && run.output == "")
    #expect(
      run.errors == """
        iris-fcgi: a@example.org is the address of several accounts of other issuers; name one by its id:
        iris-fcgi: \(ids[0]) one
        iris-fcgi: \(ids[1]) two

        """)
    #expect(try database.integer("SELECT count(*) FROM iris.accounts WHERE tier = 'premium'") == 0)
    #expect(try self.run("tier \(ids[1]) premium").output == "a@example.org: premium\n")
  }

  @Test func `the account that logs in with it comes first`() throws {
    let user = try TestUser(database)
    _ = try external("one", email: user.email)
    _ = try external("two", email: user.email)
    #expect(try run("show \(user.email) --json").json["id"]?.text == user.id)
  }
}
