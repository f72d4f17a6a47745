import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What operators hear of attacks, and what events say.
@Suite(.needsDatabase) struct LoginAlertTests {
  let database: TestDatabase
  let logins: LoginSQL

  init() throws {
    database = try TestDatabase()
    logins = LoginSQL(try database.makeDatabase())
  }

  private func alerts() throws -> [String?] {
    try database.column(
      "SELECT kind || ' ' || subject || ' ' || detail::text || ' ' || count FROM iris.alerts ORDER BY kind")
  }

  private func events() throws -> [String?] {
    try database.column(
      """
      SELECT (metadata->>'outcome') || ' ' || count(*) FROM iris.iris_events
       WHERE event_type = 'login' AND user_id IS NULL GROUP BY metadata->>'outcome' ORDER BY 1
      """)
  }

  @Test func `one address that tries some twenty accounts is spraying`() throws {
    // Linear counting takes 16 of 64 classes for 18 accounts, 17 for 20.
    for account in 1...16 { try logins.fail(LoginSQL.keys(account: UInt8(account), address: 5)) }
    #expect(try alerts() == [])
    for account in 17...18 { try logins.fail(LoginSQL.keys(account: UInt8(account), address: 5, isUnlimited: true)) }
    #expect(try alerts() == [#"login_spraying 020000000000 {"accounts": 21} 2"#])
  }

  @Test func `twenty failures of one account are no spraying`() throws {
    try logins.fail(LoginSQL.keys(account: 1, address: 5), times: 40)
    #expect(try alerts() == [])
  }

  @Test func `one account that some ten addresses try is stuffed`() throws {
    for address in 1...8 { try logins.fail(LoginSQL.keys(account: 5, address: UInt8(address))) }
    #expect(try alerts() == [])
    try logins.fail(LoginSQL.keys(account: 5, address: 9))
    #expect(try alerts() == [#"login_stuffing 010000000000 {"addresses": 10} 1"#])
  }

  @Test func `whoever is refused counts as a source, too, and writes once`() throws {
    try logins.fail(LoginSQL.keys(account: 5, address: 1), times: 7)
    for _ in 1...3 {
      for address in 1...12 { #expect(try logins.begin(LoginSQL.keys(account: 5, address: UInt8(address))) == "4") }
    }
    #expect(try alerts() == [#"login_stuffing 010000000000 {"addresses": 13} 4"#])
    #expect(try events() == ["failed 7", "throttled 1"])
    try logins.fail(LoginSQL.keys(account: 5, address: 1))
    #expect(try logins.begin(LoginSQL.keys(account: 5, address: 1)) == "8")
    #expect(try events() == ["failed 8", "throttled 2"])
  }

  @Test func `an address that is refused goes on showing which accounts it tries`() throws {
    for account in 1...12 { try logins.fail(LoginSQL.keys(account: UInt8(account), address: 1), times: 2) }
    #expect(try alerts() == [])
    for account in 13...17 { #expect(try logins.begin(LoginSQL.keys(account: UInt8(account), address: 1)) == "16") }
    #expect(try alerts() == [#"login_spraying 020000000000 {"accounts": 20} 1"#])
    #expect(try events() == ["failed 24", "throttled 1"])
  }

  @Test func `sources of a week ago are no attack of today`() throws {
    for address in 1...8 { try logins.fail(LoginSQL.keys(account: 5, address: UInt8(address))) }
    try database.age(bySeconds: 8 * ThrottleRules.login.drainSeconds)
    for address in 11...18 { try logins.fail(LoginSQL.keys(account: 5, address: UInt8(address))) }
    #expect(try alerts() == [])
  }
}
