import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What a right password opens, and what it forgets.
@Suite(.needsDatabase) struct LoginEndingTests {
  let database: TestDatabase
  let application: TestApplication
  let user: TestUser
  let logins: LoginSQL

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
    logins = LoginSQL(application.services.database)
    try database.execute("UPDATE iris.accounts SET password_hash = 'hash'")
  }

  private let keys = LoginSQL.keys(account: 1, address: 1)

  @Test func `a login forgets the failures of its own way in, not those of its address`() throws {
    try logins.fail(keys, times: 3)
    try logins.fail(keys, isKnown: true, times: 2)
    #expect(try database.counted() == ["account 3", "address 5", "pair 2"])
    #expect(try logins.finish(user, "hash", keys: keys, isKnown: true, application) == .opened)
    #expect(try database.counted() == ["account 3", "address 5"])
    #expect(try logins.finish(user, "hash", keys: keys, application) == .opened)
    #expect(try database.counted() == ["address 5"])
  }

  @Test func `a login makes its address known, and the account forgets old ones`() throws {
    try database.know(LoginSQL.keys(account: 1, address: 7), account: user.id, since: "31 days")
    try database.know(LoginSQL.keys(account: 1, address: 8), account: user.id, since: "29 days")
    #expect(try logins.finish(user, "hash", keys: keys, application) == .opened)
    #expect(try logins.begin(keys, email: user.email) == "go, known")
    #expect(try database.integer("SELECT count(*) FROM iris.known_addresses") == 2)
    #expect(try logins.finish(user, "hash", keys: LoginSQL.keys(account: 1, address: nil), application) == .opened)
    #expect(try database.integer("SELECT count(*) FROM iris.known_addresses") == 2)
  }

  @Test func `a password that was replaced meanwhile opens nothing`() throws {
    #expect(try logins.finish(user, "former", newHash: "x", keys: keys, application) == .changed("hash"))
    try database.execute("UPDATE iris.accounts SET password_hash = NULL")
    #expect(try logins.finish(user, "hash", keys: keys, application) == .changed(nil))
    try database.execute("DELETE FROM iris.accounts")
    #expect(try logins.finish(user, "hash", keys: keys, application) == .changed(nil))
    #expect(try database.integer("SELECT count(*) FROM iris.sessions") == 0)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_events") == 0)
  }

  @Test func `a disabled account opens nothing and forgets nothing`() throws {
    try logins.fail(keys)
    try database.execute("UPDATE iris.accounts SET disabled_at = now()")
    #expect(try logins.finish(user, "hash", newHash: "x", keys: keys, application) == .disabled)
    #expect(try database.counted() == ["account 1", "address 1"])
    #expect(try database.text("SELECT password_hash FROM iris.accounts") == "hash")
    #expect(
      try database.column("SELECT metadata->>'outcome' FROM iris.iris_events ORDER BY id") == ["failed", "disabled"])
  }
}
