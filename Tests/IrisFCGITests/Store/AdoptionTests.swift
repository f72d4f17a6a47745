import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Accounts and sessions of another issuer's tokens, on a real PostgreSQL.
@Suite(.needsDatabase)
struct AdoptionTests {
  private let database: TestDatabase
  private let application: TestApplication

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
  }

  private func adopt(
    issuer: String = "i", subject: String = "s", session: String? = nil, iat: Double = 1_800_000_000,
    exp: Double = 1_900_000_000, mark: ForeignSession = .login("x"), email: String? = nil, name: String? = nil,
    account: String? = nil, seconds: Int = 3_600
  ) throws -> IdentityStore.Outcome {
    let account = try account ?? TestID.make()
    let claims = ForeignClaims(
      issuer: issuer, subject: subject, audience: .one("a"), times: TokenTimes(issuedAt: iat, expires: exp),
      session: mark,
      purpose: TokenPurpose(), email: email.flatMap { EmailAddress($0) }, name: name)
    let event = try application.services.pseudonyms.row(.accountCreated(.externalIssuer), user: account)
    let notice = try BackendEvent.accountCreated(id: account, externalID: subject, tier: .free).notice(
      id: TestID.make())
    return try application.services.identities.adopt(
      IdentityStore.Adoption(
        claims: claims, session: session ?? ForeignTokens.session(of: claims), device: "Firefox",
        erasedHashes: application.services.pseudonyms.codes(Pseudonym.erasedSubject(issuer: issuer, subject: subject)),
        newAccount: account, events: JSONBytes([event]).text, notices: Notice.rows([notice])), sessionSeconds: seconds)
  }

  private func adopted(_ outcome: IdentityStore.Outcome) throws -> AdoptionCache.Adopted {
    guard case .adopted(let adopted) = outcome else { throw Problem(.sessionRevoked) }
    return adopted
  }

  private func standing(_ adopted: AdoptionCache.Adopted) throws -> String? {
    try database.text("SELECT iris.session_standing($1::uuid, $2::uuid)", [adopted.account, adopted.session])
  }

  @Test func `the same subject of two issuers is two people`() throws {
    let first = try adopted(try adopt(issuer: "https://a", subject: "1"))
    let second = try adopted(try adopt(issuer: "https://b", subject: "1"))
    let again = try adopted(try adopt(issuer: "https://a", subject: "1"))
    #expect(first.account != second.account && first.session != second.session && again == first)
    #expect(try standing(first) == "ok" && standing(second) == "ok")
    #expect(try database.integer("SELECT count(*) FROM iris.accounts") == 2)
  }

  @Test func `subjects differ by their bytes`() throws {
    let accounts = try ["a", "A", "a ", "á", "a%"].map { try adopted(try adopt(subject: $0)).account }
    #expect(Set(accounts).count == 5)
  }

  @Test func `an account is told of once, with the transaction that makes it`() throws {
    let made = try adopted(try adopt())
    _ = try adopt()
    _ = try adopt(mark: .login("y"))
    #expect(try database.column("SELECT user_id::text FROM iris.outbox") == [made.account])
    #expect(try database.column("SELECT event_type FROM iris.iris_events") == ["account_created"])
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 2)
    #expect(try database.text("SELECT email FROM iris.accounts") == nil)
    #expect(try database.text("SELECT password_hash FROM iris.accounts") == nil)
  }

  @Test func `many first sights at once make one account`() throws {
    let url = database.url
    let outcomes = try concurrently(20) { index in
      let application = try TestApplication(["IRIS_DATABASE_URL": url])
      let claims = ForeignClaims(
        issuer: "i", subject: "s", audience: .one("a"),
        times: TokenTimes(issuedAt: 1_800_000_000, expires: 1_900_000_000),
        session: .login("\(index)"), purpose: TokenPurpose())
      return try application.services.identities.adopt(
        IdentityStore.Adoption(
          claims: claims, session: ForeignTokens.session(of: claims), device: nil, erasedHashes: [[1]],
          newAccount: TestID.make(), events: "[]", notices: "[]"), sessionSeconds: 60)
    }
    #expect(try Set(outcomes.map { try adopted($0).account }).count == 1)
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 20)
  }

  @Test func `an ended session stays ended, another login begins anew`() throws {
    let session = try adopted(try adopt())
    try application.services.sessions.end(session: session.session, account: session.account, everywhere: false)
    try database.execute("UPDATE iris.sessions SET last_used_at = now() - interval '1 hour', expires_at = now()")
    #expect(try standing(adopted(try adopt(iat: 1_800_000_100))) == "session_revoked")
    let isKept = "SELECT expires_at > now() + interval '50 minutes' AND last_used_at < now() - interval '50 minutes'"
    #expect(
      try database.text("\(isKept) FROM iris.sessions") == "t", "it is remembered as long as somebody comes with it")
    #expect(try standing(adopted(try adopt(mark: .login("y")))) == "ok")
  }

  @Test func `a session is remembered for so long, and at least as long as its token`() throws {
    let now = Double(Clock.realtimeMilliseconds / 1_000)
    let life = "SELECT round(extract(epoch FROM expires_at - now())) FROM iris.sessions WHERE id = $1::uuid"
    for (seconds, expected) in [(0, 590...600), (60, 590...600), (3_600, 3_590...3_600)] {
      let session = try adopted(try adopt(exp: now + 600, mark: .login("\(seconds)"), seconds: seconds)).session
      #expect(try expected.contains(database.integer(life, [session]) ?? 0))
    }
    let session = try adopted(try adopt(exp: now + 900, mark: .login("0"), seconds: 0)).session
    #expect(try (890...900).contains(database.integer(life, [session]) ?? 0), "a later token of the same session")
  }

  @Test func `name and address follow what the issuer changed, and no older token`() throws {
    func shown() throws -> [String?] {
      try database.column("SELECT unnest(ARRAY[name, external_email]) FROM iris.accounts")
    }
    _ = try adopt(iat: 10, email: "a@example.org", name: "Ada")
    #expect(try shown() == ["Ada", "a@example.org"])
    _ = try adopt(iat: 20, email: "b@example.org", name: "Ada King")
    #expect(try shown() == ["Ada King", "b@example.org"])
    _ = try adopt(iat: 15, email: "a@example.org", name: "Ada")
    #expect(try shown() == ["Ada King", "b@example.org"])
    try database.execute("UPDATE iris.accounts SET name = 'Comtesse'")
    _ = try adopt(iat: 30, email: "b@example.org", name: "Ada King")
    #expect(
      try shown() == ["Comtesse", "b@example.org"], "what the user chose stays until the issuer says something new")
    _ = try adopt(iat: 40)
    #expect(try shown() == ["Comtesse", "b@example.org"], "silence changes nothing")
    _ = try adopt(iat: 45, name: "Ada King")
    #expect(try shown() == ["Comtesse", "b@example.org"], "what was said before the silence is no news")
    _ = try adopt(iat: 50, name: "Augusta")
    #expect(try shown() == ["Augusta", "b@example.org"])
  }

  @Test func `an account that the unified backend made keeps the name it gave`() throws {
    let id = try TestID.make()
    try database.execute(
      "INSERT INTO iris.accounts (id, external_issuer, external_subject, name, tier) VALUES ($1::uuid,'i','s','Ada','premium')",
      [id])
    let found = try adopted(try adopt(email: "a@example.org", name: "A. L."))
    #expect(found.account == id && found.tier == .premium)
    #expect(try database.text("SELECT name || external_email FROM iris.accounts") == "Adaa@example.org")
    #expect(try database.integer("SELECT count(*) FROM iris.outbox") == 0)
  }

  @Test func `what is left of an erased account`() throws {
    let codes = application.services.pseudonyms.codes(Pseudonym.erasedSubject(issuer: "i", subject: "s"))
    let erased = """
      INSERT INTO iris.erased_identities (identity_hash, erased_at, date, message_count, blocked_count, expires_at)
      VALUES ($1, to_timestamp(1800000000), (now() AT TIME ZONE 'Europe/Paris')::date - $2::integer, 7, 2, 'infinity')
      """
    try database.execute(erased, [Bytea.text(codes[0]), "0"])
    for iat in [1_799_999_999, 1_800_000_000.0] { #expect(try adopt(iat: iat) == .erased) }
    #expect(try database.integer("SELECT count(*) FROM iris.accounts") == 0)
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 0)
    _ = try adopted(try adopt(iat: 1_800_000_000.5))
    #expect(try database.text("SELECT message_count || ' ' || blocked_count FROM iris.user_daily_usage") == "7 2")
    #expect(try adopt(iat: 1_800_000_000) == .erased, "an old token opens the new account neither")
    _ = try adopt(iat: 1_800_000_001)
    #expect(try database.integer("SELECT sum(message_count) FROM iris.user_daily_usage") == 7)
    #expect(try adopted(adopt(issuer: "j", iat: 1)).tier == .free, "another issuer's person was not erased")
  }

  @Test func `what was used on an earlier day is not carried over`() throws {
    let codes = application.services.pseudonyms.codes(Pseudonym.erasedSubject(issuer: "i", subject: "s"))
    try database.execute(
      """
      INSERT INTO iris.erased_identities (identity_hash, erased_at, date, message_count, expires_at)
      VALUES ($1, to_timestamp(1), (now() AT TIME ZONE 'Europe/Paris')::date - 1, 7, 'infinity')
      """, [Bytea.text(codes[0])])
    _ = try adopted(try adopt())
    #expect(try database.integer("SELECT count(*) FROM iris.user_daily_usage") == 0)
  }
}
