import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `iris.refresh_session` (RFC 9700 §4.14) through `SessionStore`, time moved in the table.
@Suite(.needsDatabase) struct RefreshRotationTests {
  let database: TestDatabase
  let store: SessionStore
  let user: TestUser
  let session: String

  init() throws {
    database = try TestDatabase()
    store = SessionStore(database: try database.makeDatabase(), timeZone: ChatSQL.zone)
    user = try TestUser(database)
    session = try TestID.make()
    try RefreshRotationTests.open(session, "a", device: "Firefox", of: user, database)
  }

  /// Opens a session with the token of a name.
  private static func open(
    _ session: String, _ token: String, device: String? = nil, of user: TestUser, _ database: TestDatabase
  ) throws {
    try database.execute(
      "SELECT iris.open_session($1::uuid, $2::uuid, $3::bytea, 1000, 5000, $4)",
      [session, user.id, Bytea.text(hash(token)), device])
  }

  private static func hash(_ name: String) -> [UInt8] { Digest.sha256(Array(name.utf8)) }

  /// Rotates the token of a name; the child offered is `parent` + `child`.
  private func rotate(_ parent: String, _ child: String = "'") throws -> Outcome {
    let refresh = try store.refresh(
      tokenHash: Self.hash(parent), childHash: Self.hash(parent + child), refreshSeconds: 1_000, events: Self.events)
    return switch refresh {
    case .child(let hash, let session, let account):
      .child(hash: hash, account: account.id, session: session, tier: account.tier)
    case .disabled: .disabled
    case .replayed: .replayed
    case .unknown: .unknown
    }
  }

  /// What tests compare: of the account its id and tier.
  private enum Outcome: Equatable {
    case child(hash: [UInt8], account: String, session: String, tier: Tier)
    case disabled, replayed, unknown
  }

  private static let events = """
    [{"id":"0198f6a0-0000-7000-8000-000000000001","user_id":null,"event_type":"refresh_replayed","metadata":{},\
    "session_id":null}]
    """

  private func child(_ name: String, _ tier: Tier = .free) -> Outcome {
    .child(hash: Self.hash(name), account: user.id, session: session, tier: tier)
  }

  private var replaysTold: Int? {
    get throws { try database.integer("SELECT count(*) FROM iris.iris_events WHERE event_type = 'refresh_replayed'") }
  }

  private func age(_ token: String, seconds: Int) throws {
    try database.execute(
      "UPDATE iris.refresh_tokens SET used_at = used_at - make_interval(secs => $2::integer) WHERE token_hash = $1::bytea",
      [Bytea.text(Self.hash(token)), String(seconds)])
  }

  private var isRevoked: Bool {
    get throws {
      try database.text("SELECT revoked_at IS NOT NULL FROM iris.sessions WHERE id = $1::uuid", [session]) == "t"
    }
  }

  @Test func `a token is used once and makes its child`() throws {
    #expect(try rotate("a") == child("a'"))
    #expect(try rotate("a'") == child("a''"))
    #expect(try rotate("a''") == child("a'''"))
    #expect(try isRevoked == false)
  }

  @Test func `a repeat within the grace gets the child that was given, whatever it offers`() throws {
    #expect(try rotate("a") == child("a'"))
    #expect(try rotate("a", "another") == child("a'"))
    try age("a", seconds: SessionRules.refreshGraceSeconds - 1)
    #expect(try rotate("a") == child("a'"))
    #expect(try database.integer("SELECT count(*) FROM iris.refresh_tokens") == 2)
    #expect(try rotate("a'") == child("a''"))
  }

  @Test func `a repeat after the grace ends the session`() throws {
    _ = try rotate("a")
    try age("a", seconds: SessionRules.refreshGraceSeconds)
    #expect(try replaysTold == 0)
    #expect(try rotate("a") == .replayed)
    #expect(try isRevoked)
    #expect(try rotate("a'") == .unknown)
    #expect(try rotate("a") == .unknown)
    #expect(try replaysTold == 1)
  }

  @Test func `a parent whose child was used ends the session even within the grace`() throws {
    _ = try rotate("a")
    _ = try rotate("a'")
    #expect(try rotate("a") == .replayed)
    #expect(try isRevoked)
    #expect(try rotate("a''") == .unknown)
  }

  @Test(arguments: ["a", "a'"]) func `after three rotations the replay of an old one ends all four`(old: String) throws
  {
    for name in ["a", "a'", "a''"] { _ = try rotate(name) }
    #expect(try rotate(old) == .replayed)
    for name in ["a", "a'", "a''", "a'''"] { #expect(try rotate(name) == .unknown) }
    #expect(try replaysTold == 1)
  }

  @Test(arguments: ["sessions", "refresh_tokens"]) func `a second decides at the end of a life`(table: String) throws {
    let end = "UPDATE iris.\(table) SET expires_at = clock_timestamp() + make_interval(secs => $1::integer)"
    try database.execute(end, ["1"])
    #expect(try rotate("a") == child("a'"))
    try database.execute(end, ["-1"])
    #expect(try rotate("a'") == .unknown)
  }

  @Test func `a refresh moves the session's last use, a repeat does not`() throws {
    func lastUse() throws -> String? {
      try database.text("SELECT last_used_at::text FROM iris.sessions WHERE id = $1::uuid", [session])
    }
    let opened = try lastUse()
    _ = try rotate("a")
    let refreshed = try lastUse()
    _ = try rotate("a")
    #expect(try opened != refreshed && lastUse() == refreshed)
  }

  @Test func `a refresh gives the account as it is now in one round trip`() throws {
    try database.execute("UPDATE iris.accounts SET name = 'Zoé', sector = 'Santé', experience_years = 12")
    store.database.beginRequest()
    guard
      case .child(_, _, let account) = try store.refresh(
        tokenHash: Self.hash("a"), childHash: Self.hash("b"), refreshSeconds: 1_000, events: "[]")
    else {
      Issue.record("it was refused")
      return
    }
    #expect(store.database.roundTrips == 1)
    #expect(try account == AccountStore(database: store.database, timeZone: ChatSQL.zone).find(id: user.id))
    #expect(account.name == "Zoé" && account.experienceYears == 12 && account.email == user.email)
  }

  @Test func `a replay ends its own session only`() throws {
    let other = try TestID.make()
    try Self.open(other, "b", of: user, database)
    _ = try rotate("a")
    _ = try rotate("a'")
    _ = try rotate("a")
    #expect(try rotate("b") == .child(hash: Self.hash("b'"), account: user.id, session: other, tier: .free))
  }

  @Test(arguments: [
    "UPDATE iris.sessions SET revoked_at = now()", "UPDATE iris.sessions SET expires_at = now()",
    "UPDATE iris.refresh_tokens SET expires_at = now()", "DELETE FROM iris.refresh_tokens",
    "DELETE FROM iris.accounts",
  ])
  func `what has ended gives nothing`(change: String) throws {
    try database.execute(change)
    #expect(try rotate("a") == .unknown)
  }

  @Test func `an unknown token gives nothing and ends nothing`() throws {
    #expect(try rotate("never given") == .unknown)
    #expect(try isRevoked == false)
  }

  @Test func `a disabled account gets no token but keeps its session`() throws {
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    #expect(try rotate("a") == .disabled)
    try database.execute("UPDATE iris.accounts SET disabled_at = NULL")
    #expect(try rotate("a") == child("a'"))
  }

  @Test func `the tier is the one that counts now`() throws {
    try database.execute("UPDATE iris.accounts SET tier = 'premium'")
    #expect(try rotate("a") == child("a'", .premium))
  }

  @Test func `no child outlives its session`() throws {
    try database.execute("UPDATE iris.sessions SET expires_at = now() + interval '20 s' WHERE id = $1::uuid", [session])
    _ = try rotate("a")
    let within = try database.text(
      "SELECT bool_and(t.expires_at <= s.expires_at) FROM iris.refresh_tokens t JOIN iris.sessions s ON s.id = t.session_id "
        + "WHERE t.used_at IS NULL")
    #expect(within == "t")
  }

  @Test func `lifetimes are those of the settings`() throws {
    let told = try database.text(
      """
      SELECT concat_ws(' ', round(extract(epoch FROM t.expires_at - t.created_at)),
        round(extract(epoch FROM s.expires_at - s.created_at)), s.device)
        FROM iris.refresh_tokens t JOIN iris.sessions s ON s.id = t.session_id
      """)
    #expect(told == "1000 5000 Firefox")
  }

  @Test func `a worker of schema version 2 gets what it knows`() throws {
    func rotate(_ parent: String, _ child: String) throws -> String? {
      try database.text(
        """
        SELECT concat_ws(' ', outcome, account_id, session_id, tier, child_hash)
          FROM iris.rotate_refresh_token($1, $2, 1000, 10, 'Europe/Paris')
        """, [Bytea.text(Self.hash(parent)), Bytea.text(Self.hash(child))])
    }
    let given = "\(user.id) \(session) free \(Bytea.text(Self.hash("b")))"
    #expect(try rotate("a", "b") == "rotated \(given)")
    #expect(try rotate("a", "c") == "repeated \(given)")
    #expect(try rotate("b", "c")?.hasPrefix("rotated") == true)
    #expect(try rotate("a", "d") == "replayed" && isRevoked)
    #expect(try rotate("c", "d") == "invalid")
  }
}
