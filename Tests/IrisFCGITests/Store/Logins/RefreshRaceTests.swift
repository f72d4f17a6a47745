import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Many refreshes of one token at once, in as many connections.
@Suite(.needsDatabase, .serialized) struct RefreshRaceTests {
  let database: TestDatabase
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    user = try TestUser(database)
    try give("a")
  }

  private static func hash(_ name: String) -> String { Bytea.text(Digest.sha256(Array(name.utf8))) }

  private static let events = """
    [{"id":"0198f6a0-0000-7000-8000-000000000001","event_type":"refresh_replayed","metadata":{}}]
    """

  /// Gives the user's session a refresh token.
  private func give(_ name: String) throws {
    try database.execute(
      """
      INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at) VALUES ($1::bytea, $2::uuid, now() + interval '1 h')
      """, [Self.hash(name), user.session])
  }

  private var isRevoked: Bool {
    get throws {
      try database.text("SELECT revoked_at IS NOT NULL FROM iris.sessions WHERE id = $1::uuid", [user.session]) == "t"
    }
  }

  /// Workers of the release before call the old function, meanwhile.
  @Test(arguments: [[Self.refreshSQL], [Self.oldSQL], [Self.refreshSQL, Self.oldSQL]])
  func `of sixty simultaneous refreshes one rotates and all get the same child`(statements: [String]) throws {
    let parent = Self.hash("a")
    let outcomes = try database.allAtOnce(60) { connection, index in
      let row = try connection.run(
        statements[index % statements.count], [parent, Self.hash("child \(index)")],
        deadline: TestDatabase.deadline(seconds: 30))
      return row.text(0)?.split(separator: " ").map(String.init) ?? []
    }
    #expect(outcomes.count { $0.first == "rotated" } == 1)
    #expect(outcomes.count { $0.first == "repeated" } == 59)
    #expect(Set(outcomes.compactMap(\.last)).count == 1)
    #expect(try database.integer("SELECT count(*) FROM iris.refresh_tokens") == 2)
    #expect(try isRevoked == false)
  }

  @Test func `of sixty simultaneous replays one is told`() throws {
    for (parent, child) in [("a", "b"), ("b", "c")] {
      #expect(try database.text(Self.refreshSQL, [Self.hash(parent), Self.hash(child)])?.hasPrefix("rotated") == true)
    }
    let parent = Self.hash("a")
    let outcomes = try database.allAtOnce(60) { connection, index in
      try connection.run(
        "SELECT outcome FROM iris.refresh_session($1, $2, 1000, 10, $3, 'Europe/Paris')",
        [parent, Self.hash("child \(index)"), Self.events], deadline: TestDatabase.deadline(seconds: 30)
      ).text(0) ?? ""
    }
    #expect(outcomes.count { $0 == "replayed" } == 1 && outcomes.count { $0 == "invalid" } == 59)
    #expect(try isRevoked)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_events WHERE event_type = 'refresh_replayed'") == 1)
  }

  private static let refreshSQL =
    "SELECT outcome || ' ' || child_hash FROM iris.refresh_session($1, $2, 1000, 10, '[]', 'Europe/Paris')"
  private static let oldSQL =
    "SELECT outcome || ' ' || child_hash FROM iris.rotate_refresh_token($1, $2, 1000, 10, 'Europe/Paris')"

  @Test func `an erasure that meets a refresh ends in one of two ways, never in a fault`() throws {
    for round in 0..<20 {
      let user = try TestUser(database)
      let token = Self.hash("round \(round)")
      try database.execute(
        "INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at) VALUES ($1, $2, now() + interval '1 h')",
        [token, user.session])
      let outcomes = try database.allAtOnce(2) { connection, index in
        let deadline = TestDatabase.deadline(seconds: 30)
        guard index == 0 else {
          return try connection.run(
            "DELETE FROM iris.accounts WHERE id = $1::uuid RETURNING 'erased'", [user.id], deadline: deadline
          ).text(0)
        }
        return try connection.run(
          "SELECT outcome FROM iris.refresh_session($1, $2, 1000, 10, '[]', 'Europe/Paris')",
          [token, Self.hash("child \(round)")], deadline: deadline
        ).text(0)
      }
      #expect(["rotated", "invalid"].contains(outcomes[0]) && outcomes[1] == "erased")
    }
  }
}
