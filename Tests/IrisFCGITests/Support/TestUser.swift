import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// Ids of a test: UUIDv7 of a chosen moment, as workers make them.
enum TestID {
  static func make(secondsAgo: Int = 0, milliseconds: Int64 = 0) throws -> String {
    try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds - Int64(secondsAgo) * 1_000 + milliseconds)
  }
}

/// An account with a living session, put into the database directly.
struct TestUser: Sendable {
  let id: String
  let session: String
  let email: String

  init(id: String, session: String, email: String) {
    self.id = id
    self.session = session
    self.email = email
  }

  /// - Parameter betaUntil: an SQL expression of a date.
  init(_ database: TestDatabase, tier: Tier = .free, betaUntil: String = "NULL") throws {
    id = try TestID.make()
    session = try TestID.make()
    email = "\(id)@example.org"
    try database.execute(
      "INSERT INTO iris.accounts (id, email, tier, beta_until) VALUES ($1::uuid, $2, $3, \(betaUntil))",
      [id, email, tier.rawValue])
    try database.execute(
      "INSERT INTO iris.sessions (id, account_id, expires_at) VALUES ($1::uuid, $2::uuid, now() + interval '1 day')",
      [session, id])
  }
}
