import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// How the database counts failed logins, and whom it lets try.
@Suite(.needsDatabase) struct LoginThrottleTests {
  let database: TestDatabase
  let user: TestUser
  let logins: LoginSQL

  init() throws {
    database = try TestDatabase()
    user = try TestUser(database)
    logins = LoginSQL(try database.makeDatabase())
  }

  private func keys(_ account: UInt8 = 1, from address: UInt8? = 1, isUnlimited: Bool = false) -> LoginKeys {
    LoginSQL.keys(account: account, address: address, isUnlimited: isUnlimited)
  }

  @Test func `the sixth failure of an account makes strangers wait, wherever they are, and whoever it is`() throws {
    for email in [user.email, nil] {
      try database.execute("TRUNCATE iris.throttles")
      try logins.fail(keys(), times: 5)
      #expect(try logins.begin(keys(), email: email) == "go")
      try logins.fail(keys(from: 2))
      #expect(try logins.begin(keys(), email: email) == "2")
      #expect(try logins.begin(keys(from: 9), email: email) == "2")
      #expect(try logins.begin(keys(from: nil), email: email) == "2")
      #expect(try logins.begin(keys(2), email: email) == "go")
    }
  }

  @Test func `a wait doubles, and counts nothing while it lasts`() throws {
    try logins.fail(keys(from: nil), times: 6)
    for seconds in [2, 4, 8] {
      #expect(try logins.begin(keys()) == String(seconds))
      try database.age(bySeconds: seconds - 1)
      #expect(try logins.begin(keys()) == "1")
      try database.age(bySeconds: 1)
      #expect(try logins.begin(keys()) == "go")
      try logins.fail(keys(from: nil))
    }
    #expect(try database.counted() == ["account 9"])
    try logins.fail(keys(from: nil), times: 30)
    #expect(try logins.begin(keys()) == "1200")
  }

  @Test func `failures are forgotten one by one, and all of them after a day`() throws {
    let cases: [(age: Int, left: Int)] = [(7_199, 6), (7_200, 5), (5 * 7_200, 1), (6 * 7_200, 0), (86_400, 0)]
    for (age, left) in cases {
      try database.execute("TRUNCATE iris.throttles")
      try logins.fail(keys(from: nil), times: 6)
      try database.age(bySeconds: age)
      try logins.fail(keys(from: nil))
      #expect(try database.counted() == ["account \(left + 1)"], "\(age)")
    }
    try database.execute("UPDATE iris.throttles SET count = 1000")
    try database.age(bySeconds: 86_400)
    try logins.fail(keys(from: nil))
    #expect(try database.counted() == ["account 1"])
  }

  @Test func `a clock that was set back holds nobody up`() throws {
    try logins.fail(keys(), times: 30)
    try database.age(bySeconds: -3_600)
    #expect(try logins.begin(keys()) == "go")
    try logins.fail(keys())
    #expect(try database.counted() == ["account 31", "address 31"])
  }

  @Test func `an address waits after its twenty-first failure, whatever the account`() throws {
    for account in 1...20 { try logins.fail(keys(UInt8(account))) }
    #expect(try logins.begin(keys(99)) == "go")
    try logins.fail(keys(21))
    #expect(try logins.begin(keys(99)) == "2")
    #expect(try logins.begin(keys(99, from: 2)) == "go")
    #expect(try logins.begin(keys(99, from: nil)) == "go")
    try database.age(bySeconds: 2)
    #expect(try logins.begin(keys(99)) == "go")
  }

  @Test func `the longer of two waits counts`() throws {
    for account in 1...24 { try logins.fail(keys(UInt8(account))) }
    try logins.fail(keys(50, from: nil), times: 7)
    #expect(try logins.begin(keys(50)) == "16")
    #expect(try logins.begin(keys(50, from: 7)) == "4")
  }

  @Test func `an address without limits is counted and does not wait`() throws {
    for account in 1...40 { try logins.fail(keys(UInt8(account), isUnlimited: true)) }
    #expect(try logins.begin(keys(99, isUnlimited: true)) == "go")
    #expect(try database.integer("SELECT count FROM iris.throttles WHERE scope = 'address'") == 40)
    // It was a stranger to the list a moment ago.
    for account in 1...40 { try logins.fail(keys(UInt8(account), from: 2)) }
    #expect(try logins.begin(keys(99, from: 2)) == "3600")
    #expect(try logins.begin(keys(99, from: 2, isUnlimited: true)) == "go")
    try logins.fail(keys(99, isUnlimited: true), times: 6)
    #expect(try logins.begin(keys(99, isUnlimited: true)) == "2")
  }

  @Test func `a known address waits for what failed there for this account, and for nothing else`() throws {
    try database.know(keys(), account: user.id)
    for account in 1...60 { try logins.fail(keys(UInt8(account))) }
    try logins.fail(keys(from: 2), times: 60)
    #expect(try logins.begin(keys(), email: user.email) == "go, known")
    #expect(try logins.begin(keys(from: 3), email: user.email) == "1200")

    try logins.fail(keys(), isKnown: true, times: 5)
    #expect(try logins.begin(keys(), email: user.email) == "go, known")
    try logins.fail(keys(), isKnown: true)
    #expect(try logins.begin(keys(), email: user.email) == "2")
    #expect(try database.integer("SELECT count FROM iris.throttles WHERE scope = 'pair'") == 6)
  }

  @Test func `an address is known for thirty days, to one account`() throws {
    let cases = [("29 days 23:59:00", "go, known"), ("30 days 00:00:01", "go")]
    for (age, outcome) in cases {
      try database.execute("DELETE FROM iris.known_addresses")
      try database.know(keys(), account: user.id, since: age)
      #expect(try logins.begin(keys(), email: user.email) == outcome)
    }
    let other = try TestUser(database)
    try database.execute("UPDATE iris.known_addresses SET last_login_at = now()")
    #expect(try logins.begin(keys(), email: other.email) == "go")
    #expect(try logins.begin(keys(from: 2), email: user.email) == "go")
    #expect(try logins.begin(keys(from: nil), email: user.email) == "go")
  }

  @Test func `a full queue serves known addresses only`() throws {
    try database.know(keys(), account: user.id)
    #expect(try logins.begin(keys(), email: user.email, knownOnly: true) == "go, known")
    #expect(try logins.begin(keys(from: 2), email: user.email, knownOnly: true) == "busy")
    #expect(try logins.begin(keys(), knownOnly: true) == "busy")
    try logins.fail(keys(), isKnown: true, times: 6)
    #expect(try logins.begin(keys(), email: user.email, knownOnly: true) == "2")
  }

  @Test func `nothing is kept for longer than a day`() throws {
    for account in 1...20 { try logins.fail(keys(UInt8(account), from: nil)) }
    try database.age(bySeconds: 86_401)
    for account in 31...33 { try logins.fail(keys(UInt8(account), from: nil)) }
    #expect(try database.integer("SELECT count(*) FROM iris.throttles") == 3)
  }
}
