import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `iris.rotate_refresh_token` (RFC 9700 §4.14) through `SessionStore`, time moved in the table.
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
    try store.open(
      session: session, account: user.id, tokenHash: Self.hash("a"), settings: Self.settings, device: "Firefox")
  }

  private static let settings = TokenSettings(
    secrets: [], issuer: "i", audience: "a", accessSeconds: 900, refreshSeconds: 1_000, sessionMaxSeconds: 5_000)

  private static func hash(_ name: String) -> [UInt8] { Digest.sha256(Array(name.utf8)) }

  /// Rotates the token of a name; the child offered is `parent` + `child`.
  private func rotate(_ parent: String, _ child: String = "'") throws -> SessionStore.Rotation {
    try store.rotate(tokenHash: Self.hash(parent), childHash: Self.hash(parent + child), refreshSeconds: 1_000)
  }

  private func child(_ name: String, _ tier: Tier = .free) -> SessionStore.Rotation {
    .child(hash: Self.hash(name), account: user.id, session: session, tier: tier)
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
    #expect(try rotate("a") == .replayed)
    #expect(try isRevoked)
    #expect(try rotate("a'") == .unknown)
  }

  @Test func `a parent whose child was used ends the session even within the grace`() throws {
    _ = try rotate("a")
    _ = try rotate("a'")
    #expect(try rotate("a") == .replayed)
    #expect(try isRevoked)
    #expect(try rotate("a''") == .unknown)
  }

  @Test func `a grandparent's replay ends the session`() throws {
    for name in ["a", "a'", "a''"] { _ = try rotate(name) }
    #expect(try rotate("a") == .replayed)
    #expect(try rotate("a'''") == .unknown)
  }

  @Test func `a replay ends its own session only`() throws {
    let other = try TestID.make()
    try store.open(session: other, account: user.id, tokenHash: Self.hash("b"), settings: Self.settings, device: nil)
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

  @Test func `of twenty simultaneous refreshes one rotates and all get the same child`() throws {
    let parent = Bytea.text(Self.hash("a"))
    let outcomes = try database.allAtOnce(20) { connection, index in
      let row = try connection.run(
        "SELECT outcome || ' ' || child_hash FROM iris.rotate_refresh_token($1, $2, 1000, 10, 'Europe/Paris')",
        [parent, Bytea.text(Self.hash("child \(index)"))], deadline: TestDatabase.deadline(seconds: 30))
      return row.text(0)?.split(separator: " ").map(String.init) ?? []
    }
    #expect(outcomes.count { $0.first == "rotated" } == 1)
    #expect(outcomes.count { $0.first == "repeated" } == 19)
    #expect(Set(outcomes.compactMap(\.last)).count == 1)
    #expect(try database.integer("SELECT count(*) FROM iris.refresh_tokens") == 2)
    #expect(try isRevoked == false)
  }
}
