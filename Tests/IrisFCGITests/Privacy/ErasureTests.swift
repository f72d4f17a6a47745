import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `DELETE /api/v1/user/me`, and what stays: counters, for a while.
@Suite(.needsDatabase) struct ErasureTests {
  let database: TestDatabase
  let application: TestApplication
  private static let password = "une phrase de passe"
  private static let thirdKey = "00112233445566778899aabbccddeeff"

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(
      [
        "IRIS_BACKEND_WEBHOOK_URL": "https://backend.example/iris", "IRIS_BACKEND_WEBHOOK_SECRET": Self.thirdKey,
        "IRIS_EXTERNAL_ISSUER": "https://issuer.example", "IRIS_EXTERNAL_AUDIENCE": "iris",
        "IRIS_EXTERNAL_JWKS": "https://issuer.example/jwks",
      ], database: database)
  }

  private func register(_ email: String = "noel@exemple.fr") throws -> (id: String, token: String, refresh: String) {
    let reply = application.post(
      "/api/v1/auth/register", #"{"email":"\#(email)","password":"\#(Self.password)"}"#)
    return (
      try #require(reply["user"]?["id"]?.text), try #require(reply["access_token"]?.text),
      try #require(reply["refresh_token"]?.text)
    )
  }

  private func erase(_ token: String, _ body: String? = #"{"password":"\#(Self.password)"}"#) -> Reply {
    application.send(.test("DELETE", "/api/v1/user/me", body, token: token))
  }

  private func count(_ table: String) throws -> Int? { try database.integer("SELECT count(*) FROM iris.\(table)") }

  @Test func `it needs the password, and then nothing opens any more`() throws {
    let (id, token, refresh) = try register()
    #expect(erase(token, nil).fieldErrors == ["/password required"])
    #expect(erase(token, #"{"password":7}"#).fieldErrors == ["/password type"])
    #expect(erase(token, #"{"password":"une autre phrase"}"#).outcome == "401 invalid_credentials")
    #expect(try count("accounts") == 1)
    let reply = erase(token)
    #expect(reply.status == 204 && reply.response.body.isEmpty)

    for path in ["/api/v1/user/me", "/api/v1/user/export", "/api/v1/chat/sessions"] {
      #expect(application.get(path, token: token).outcome == "401 session_revoked", "\(path)")
    }
    #expect(erase(token).outcome == "401 session_revoked")
    let renewed = application.post("/api/v1/auth/refresh", #"{"refresh_token":"\#(refresh)"}"#)
    #expect(renewed.outcome == "401 invalid_token")
    let unknown = application.post(
      "/api/v1/auth/login", #"{"email":"inconnu@exemple.fr","password":"\#(Self.password)"}"#)
    let login = application.post("/api/v1/auth/login", #"{"email":"noel@exemple.fr","password":"\#(Self.password)"}"#)
    #expect(login.outcome == "401 invalid_credentials" && login.response.body == unknown.response.body)
    #expect(try register().id != id)
  }

  @Test func `its event is nobody's, and the unified backend is told`() throws {
    let (id, token, _) = try register()
    #expect(erase(token).status == 204)
    let event =
      "SELECT concat_ws(' ', event_type, user_id, metadata) FROM iris.iris_events WHERE event_type = 'account_erased'"
    #expect(try database.column(event) == ["account_erased {}"])
    let notice = try database.text(
      """
      SELECT concat_ws(' ', kind, payload->>'id', coalesce(payload->>'external_id', '-'), user_id) FROM iris.outbox
       WHERE topic = 'account.erased'
      """)
    #expect(notice == "webhook \(id) -")
  }

  @Test func `an account of another issuer needs no password, and its subject is remembered`() throws {
    let user = try TestUser(database)
    try database.execute(
      """
      UPDATE iris.accounts SET email = NULL, external_email = $2, external_issuer = 'https://issuer.example',
        external_subject = 's-1' WHERE id = $1::uuid
      """, [user.id, user.email])
    #expect(erase(try application.token(for: user), nil).status == 204)
    let hash = try application.services.pseudonyms.code(
      Pseudonym.erasedSubject(issuer: "https://issuer.example", subject: "s-1"))
    let row = try database.column(
      """
      SELECT identity_hash::text || ' ' || message_count || ' ' || (expires_at >= erased_at + interval '8 days')
        FROM iris.erased_identities
      """)
    #expect(row == [Bytea.text(hash) + " 0 true"])
    #expect(try database.text("SELECT payload->>'external_id' FROM iris.outbox") == "s-1")
  }

  @Test func `what waits for the address goes with it, others' stays`() throws {
    let (_, token, _) = try register()
    _ = try register("zoe@exemple.fr")
    for (email, expires) in [("noel@exemple.fr", 1), ("zoe@exemple.fr", 2)] {
      let key = Bytea.text(try application.services.pseudonyms.code(Pseudonym.throttledEmail(email)))
      try database.execute(
        """
        INSERT INTO iris.outbox (id, kind, topic, payload, expires_at) VALUES (gen_random_uuid(), 'mail',
          'password_forgot', jsonb_build_object('email', $1::text), now() + make_interval(days => $2::integer))
        """, [email, String(expires)])
      try database.execute(
        """
        INSERT INTO iris.throttles (scope, key, count, started_at, last_at)
        VALUES ('account', $1::bytea, 3, now(), now()), ('forgot', $1::bytea, 3, now(), now())
        """, [key])
      try database.execute(
        """
        INSERT INTO iris.alerts (kind, subject, first_at, last_at)
        VALUES ('login_stuffing', left(encode($1::bytea, 'hex'), 12), now(), now())
        """, [key])
    }
    let alerts = try database.column("SELECT subject FROM iris.alerts ORDER BY subject")
    #expect(erase(token, #"{"password":"une autre phrase"}"#).status == 401)
    #expect(erase(token).status == 204)
    let mails = try database.column("SELECT payload->>'email' FROM iris.outbox WHERE kind = 'mail'")
    // Of the neighbour's there are two; the sign-ups and failures of this test have no address to be counted for.
    #expect(try mails == ["zoe@exemple.fr"] && count("throttles") == 2)
    let left = try database.column("SELECT subject FROM iris.alerts ORDER BY subject")
    #expect(left.count == 2 && Set(left).intersection(alerts).count == 1)
  }

  private func erase(_ user: TestUser) throws {
    let outcome = try application.services.personalData.erase(user: user.id, session: nil)
    guard case .granted = outcome else { throw Problem(.internalError) }
  }

  /// What makes an account with this address does.
  private func takeOver(_ email: String, _ new: TestUser, _ application: TestApplication? = nil) throws {
    let hashes = (application ?? self.application).services.pseudonyms.codes(Pseudonym.erasedEmail(email))
    _ = try database.connect().run(
      "SELECT iris.take_over_counters($1, $2, 'Europe/Paris')", [new.id, Bytea.array(hashes)],
      deadline: TestDatabase.deadline())
  }

  /// Erases a user and makes another account of the same address.
  private func renewed(_ user: TestUser) throws -> TestUser {
    try erase(user)
    let new = try TestUser(database)
    try takeOver(user.email, new)
    return new
  }

  @Test func `a day that is used up stays so, with what is being answered`() throws {
    let user = try TestUser(database)
    let sql = try ChatSQL(database)
    try database.setCharged(user, 8)
    try database.execute("UPDATE iris.user_daily_usage SET blocked_count = 4")
    _ = try sql.begin(user)
    try database.execute("UPDATE iris.user_minute_usage SET requests = '{}'")
    let new = try renewed(user)
    #expect(try database.charged(new) == 9)
    #expect(try database.integer("SELECT blocked_count FROM iris.user_daily_usage") == 4)
    #expect(try sql.chat(new).outcome == "reserved")
    #expect(try sql.begin(new).outcome == "daily_quota_exceeded")
  }

  @Test func `so does the minute`() throws {
    let user = try TestUser(database)
    let sql = try ChatSQL(database)
    for _ in 1...3 { try sql.finish(try sql.begin(user), status: "fallback", charge: "no") }
    let new = try renewed(user)
    #expect(try sql.begin(new).outcome == "rate_limited")
    try database.ageMinute(of: new, seconds: 61)
    #expect(try sql.begin(new).outcome == "reserved")
  }

  @Test func `who used nothing today leaves nothing`() throws {
    let user = try TestUser(database)
    try database.setCharged(user, 10, daysAgo: 1)
    _ = try renewed(user)
    #expect(try count("erased_identities") == 0 && count("user_daily_usage") == 0)
  }

  @Test func `counters of another day are taken over by nobody`() throws {
    let (user, new) = (try TestUser(database), try TestUser(database))
    try database.setCharged(user, 10)
    try erase(user)
    try database.execute("UPDATE iris.erased_identities SET date = date - 1")
    try takeOver(user.email, new)
    #expect(try count("user_daily_usage") == 0)
  }

  @Test func `a hash under an older key counts as well`() throws {
    let (user, new) = (try TestUser(database), try TestUser(database))
    try database.setCharged(user, 7)
    try erase(user)
    let rotated = try TestApplication(
      ["IRIS_ANONYMISATION_KEY": "\(Self.thirdKey),\(Sample.otherKey)"], database: database)
    try takeOver(user.email, new, rotated)
    #expect(try database.charged(new) == 7)
  }

  @Test func `erasing again never lowers the counters of a day`() throws {
    let user = try TestUser(database)
    try database.setCharged(user, 7)
    try erase(user)
    // As a worker that knows nothing of counters to take over makes an account.
    let again = try TestUser(database)
    try database.execute("UPDATE iris.accounts SET email = $2 WHERE id = $1::uuid", [again.id, user.email])
    try database.setCharged(again, 1)
    try erase(again)
    #expect(try database.column("SELECT message_count::text FROM iris.erased_identities") == ["7"])
  }

  @Test func `a hash of an address goes with the month, there`() throws {
    let user = try TestUser(database)
    try database.setCharged(user, 1)
    try erase(user)
    let expires = try database.text(
      """
      SELECT expires_at = (date_trunc('month', now() AT TIME ZONE 'Europe/Paris') + interval '1 month')
        AT TIME ZONE 'Europe/Paris' FROM iris.erased_identities
      """)
    #expect(expires == "t")
  }

  @Test func `an operator is told that there is no such account`() throws {
    guard case .refused(let kind) = try application.services.personalData.erase(user: TestID.make(), session: nil)
    else {
      throw Problem(.internalError)
    }
    #expect(kind == .notFound)
  }

  @Test func `an erasure that fails half way erases nothing`() throws {
    let (_, token, _) = try register()
    try database.execute("ALTER TABLE iris.iris_events RENAME TO gone")
    #expect(erase(token).status == 500)
    #expect(try count("accounts") == 1 && count("sessions") == 1)
    try database.execute("ALTER TABLE iris.gone RENAME TO iris_events")
    #expect(erase(token).status == 204)
  }
}
