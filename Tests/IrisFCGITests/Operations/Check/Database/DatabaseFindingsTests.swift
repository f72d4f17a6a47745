import Testing

@testable import IrisFCGI

@Suite struct DatabaseFindingsTests {
  @Test(
    arguments: [
      (150_004, false, .ok), (140_000, false, .ok), (139_999, false, .failed), (150_004, true, .failed),
    ] as [(Int, Bool, Finding.Status)])
  func `a server must be new enough and take writes`(number: Int, refusesWrites: Bool, status: Finding.Status) {
    let finding = DatabaseFindings.server(
      name: "database", version: "15.4", number: number, refusesWrites: refusesWrites)
    #expect(finding.status == status)
    #expect(finding.found.contains("15.4"))
    #expect((finding.advice == nil) == (status == .ok))
  }

  @Test(
    arguments: [
      (0, 0, .ok), (2_000_000, 0, .ok), (2_000_001, 0, .warning), (-2_000_001, 0, .warning),
      (30_000_000, 0, .warning), (30_000_001, 0, .failed), (-30_000_001, 0, .failed),
      // A slow answer leaves open when the server read its clock.
      (2_500_000, 1_000_000, .ok), (30_500_000, 1_000_000, .warning), (0, 1_000_000, .ok),
    ] as [(Int64, Int64, Finding.Status)])
  func `clocks may differ by two seconds, and must not by thirty`(
    ahead: Int64, uncertainty: Int64, status: Finding.Status
  ) {
    let here: Int64 = 1_795_000_000_000_000
    let finding = DatabaseFindings.clock(server: here + ahead, here: here, uncertainty: uncertainty)
    #expect(finding.status == status)
    if status != .ok { #expect(finding.found.contains(ahead > 0 ? "behind" : "ahead of")) }
  }

  @Test func `a difference of clocks is told in seconds`() {
    #expect(DatabaseFindings.clock(server: 0, here: 4_260_000, uncertainty: 0).found == "4.2 s ahead of the database's")
  }

  @Test func `encoding and time zone`() {
    #expect(DatabaseFindings.encoding("UTF8").status == .ok)
    #expect(DatabaseFindings.encoding("SQL_ASCII").status == .failed)
    #expect(DatabaseFindings.timeZone("Europe/Paris", isKnown: true).status == .ok)
    #expect(DatabaseFindings.timeZone("Europe/Lutetia", isKnown: false).found.contains("Europe/Lutetia"))
    #expect(DatabaseFindings.timeZone("Europe/Lutetia", isKnown: false).status == .failed)
  }

  private static let good = DatabaseFindings.Role(
    name: "iris", isSuperuser: false, mayUse: true, mayCreate: false, mayChat: true, unreadable: nil)

  private static func role(_ change: (inout DatabaseFindings.Role) -> Void) -> DatabaseFindings.Role {
    var role = good
    change(&role)
    return role
  }

  @Test(
    arguments: [
      (good, .ok, "iris has the rights"),
      (role { $0.isSuperuser = true }, .warning, "superuser"),
      (role { $0.mayCreate = true }, .warning, "may create"),
      (role { $0.mayUse = false }, .failed, "may not use"),
      (role { $0.isStranger = true }, .failed, "no member of iris_app"),
      (role { $0.mayChat = false }, .failed, "may not execute"),
      (role { $0.mayChat = nil }, .failed, "begin_chat is missing"),
      (role { $0.unreadable = "accounts, sessions" }, .failed, "may not read accounts, sessions"),
      // What is missing matters more than what is too much.
      (
        role {
          $0.mayCreate = true
          $0.mayChat = false
        }, .failed, "may not execute"
      ),
    ] as [(DatabaseFindings.Role, Finding.Status, String)])
  func `the role needs enough and should have no more`(
    role: DatabaseFindings.Role, status: Finding.Status, words: String
  ) {
    let finding = DatabaseFindings.role(role)
    #expect(finding.status == status)
    #expect(finding.found.contains(words))
    #expect((finding.advice == nil) == (status == .ok))
  }

  @Test func `missing partitions are named`() {
    #expect(DatabaseFindings.partitions(missing: nil).status == .ok)
    #expect(DatabaseFindings.partitions(missing: "iris_events_202612").status == .warning)
    #expect(DatabaseFindings.partitions(missing: "iris_events_202612").found.contains("iris_events_202612"))
  }

  @Test(
    arguments: [
      (#"connection to server on socket "/x" failed: FATAL:  role "ghost" does not exist"#, "CREATE ROLE"),
      (#"FATAL:  database "nope" does not exist"#, "createdb"),
      (#"FATAL:  password authentication failed for user "iris""#, "pg_hba.conf"),
      (#"fe_sendauth: no password supplied"#, "passfile="),
      (#"FATAL:  no pg_hba.conf entry for host "10.0.0.1""#, "by a line in pg_hba.conf"),
      ("FATAL:  sorry, too many clients already", "PgBouncer"),
      (#"could not translate host name "db" to address"#, "name service"),
      (#"connection to server on socket "/x" failed: Permission denied"#, "workers' user"),
      ("connection refused", "PostgreSQL runs where IRIS_DATABASE_READ_URL says"),
    ])
  func `a failed connection gets the advice that fits`(words: String, advice: String) {
    #expect(DatabaseFindings.advice(onFailure: words, variable: .databaseReadURL).contains(advice))
  }

  @Test(
    arguments: [
      (30, 10_000, .ok), (300, 10_000, .ok), (301, 10_000, .warning), (nil, 60, .ok), (nil, 301, .warning),
      (-5, 0, .ok),
    ] as [(Int?, Int, Finding.Status)])
  func `the upkeep is missed after five minutes`(ago: Int?, schemaAge: Int, status: Finding.Status) {
    #expect(DatabaseFindings.upkeep(secondsAgo: ago, schemaAge: schemaAge).status == status)
  }

  @Test(
    arguments: [
      (14, 97, 0, nil, .ok), (95, 97, 0, nil, .failed), (14, 97, 90, nil, .warning), (14, 97, 0, 16, .failed),
      (13, 97, 0, 16, .ok),
    ] as [(Int, Int, Int, Int?, Finding.Status)])
  func `workers need connections`(workers: Int, server: Int, others: Int, limit: Int?, status: Finding.Status) {
    #expect(
      DatabaseFindings.connections(workers: workers, server: server, others: others, limit: limit).status == status)
  }

  @Test(
    arguments: [
      (true, true, true, 900, .ok), (true, true, false, 61, .warning), (true, true, false, 60, .ok),
      (true, false, true, 0, .failed),
      (true, nil, nil, 900, .warning), (false, true, nil, nil, .ok), (false, false, nil, nil, .warning),
    ] as [(Bool, Bool?, Bool?, Int?, Finding.Status)])
  func `a replica is judged by what it lacks`(
    isReplica: Bool, isOfPrimary: Bool?, isAbreast: Bool?, behind: Int?, status: Finding.Status
  ) {
    let replica = DatabaseFindings.Replica(
      isReplica: isReplica, isOfPrimary: isOfPrimary, isAbreast: isAbreast, secondsBehind: behind)
    #expect(DatabaseFindings.replica(replica).status == status)
  }
}
