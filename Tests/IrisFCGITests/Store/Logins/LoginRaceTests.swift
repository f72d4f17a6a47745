import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Many workers at once: nothing is lost, and nobody waits in a circle.
@Suite(.needsDatabase, .serialized) struct LoginRaceTests {
  let database: TestDatabase
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    user = try TestUser(database)
    try database.execute("UPDATE iris.accounts SET password_hash = 'first'")
  }

  private func deadlocks() throws -> Int? {
    // The server counts them a moment later.
    try database.execute("SELECT pg_stat_force_next_flush(), pg_sleep(0.2), pg_stat_clear_snapshot()")
    return try database.integer("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
  }

  @Test func `failures and logins from sixteen workers are all counted`() throws {
    let (url, user) = (database.url, user)
    let opened = try concurrently(16) { index in
      let application = try TestApplication(["IRIS_DATABASE_URL": url])
      let logins = LoginSQL(application.services.logins.database)
      var opened = 0
      // Accounts and addresses meet in every order.
      for step in 0..<30 {
        let keys = LoginSQL.keys(account: UInt8((index + step) % 5), address: UInt8((index * 3 + step * 7) % 4))
        _ = try logins.begin(keys, email: user.email)
        try logins.fail(keys, isKnown: step % 3 == 0)
        if step % 5 == 0, try logins.finish(user, "first", keys: keys, application) == .opened { opened += 1 }
      }
      return opened
    }
    #expect(opened.reduce(0, +) == 16 * 6)
    #expect(try database.integer("SELECT sum(count) FROM iris.throttles WHERE scope = 'address'") == 480)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_events WHERE metadata->>'outcome' = 'failed'") == 480)
    #expect(try database.integer("SELECT count(*) FROM iris.sessions WHERE device IS NULL") == 16 * 6 + 1)
    #expect(try database.integer("SELECT count(*) FROM iris.known_addresses") == 20)
    #expect(try deadlocks() == 0)
  }

  @Test func `of simultaneous logins that bring a new hash one replaces it, the others look again`() throws {
    let (url, user) = (database.url, user)
    let endings = try concurrently(16) { index in
      let application = try TestApplication(["IRIS_DATABASE_URL": url])
      let logins = LoginSQL(application.services.logins.database)
      let keys = LoginSQL.keys(account: 1, address: UInt8(index))
      return try logins.finish(user, "first", newHash: "second", keys: keys, application)
    }
    #expect(endings.count { $0 == .opened } == 1 && endings.count { $0 == .changed("second") } == 15)
    #expect(try database.text("SELECT password_hash FROM iris.accounts") == "second")
    #expect(try deadlocks() == 0)
  }
}
