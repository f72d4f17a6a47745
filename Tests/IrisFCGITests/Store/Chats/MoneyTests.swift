import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What answers cost, the day's budget, and what an operator hears of.
@Suite(.needsDatabase, .serialized) struct MoneyTests {
  let database: TestDatabase
  let sql: ChatSQL
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
    user = try TestUser(database, tier: .premium)
  }

  private func finish(_ settlement: ChatSQL.Settlement, twice: Bool = false) throws {
    let begun = try sql.begin(user, rules: ChatSQL.Rules(premiumMinute: nil))
    try sql.finish(begun, settlement)
    if twice { try sql.finish(begun, settlement) }
  }

  private func spent() throws -> Int? { try database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") }

  private func isOver(_ budget: Int?, zone: String = ChatSQL.zone) throws -> Bool? {
    try sql.begin(
      user, rules: ChatSQL.Rules(premiumMinute: nil), zone: zone, extras: ChatSQL.Extras(budget: budget)
    ).overBudget
  }

  @Test func `an answer keeps its cost and what its prompt was thought to cost`() throws {
    try finish(ChatSQL.Settlement(tokensEstimated: 28, cost: 0))
    try finish(ChatSQL.Settlement())
    let kept = try database.column(
      "SELECT concat_ws(' ', cost_micro, tokens_estimated) FROM iris.iris_messages WHERE role = 'assistant' ORDER BY id"
    )
    #expect(kept == ["0 28", ""])
    #expect(try spent() == nil)
  }

  @Test func `what is spent is added up once for each answer`() throws {
    try finish(ChatSQL.Settlement(spend: 700), twice: true)
    try finish(ChatSQL.Settlement(cost: 40, spend: 40))
    try finish(ChatSQL.Settlement(spend: 0))
    #expect(try spent() == 740)
  }

  @Test func `the budget is reached, not passed, to be spent`() throws {
    #expect(try isOver(1) == false)
    try finish(ChatSQL.Settlement(spend: 700))
    #expect(try isOver(701) == false && isOver(700) == true && isOver(699) == true)
    #expect(try isOver(nil) == nil)
  }

  @Test func `a budget is a day's, there`() throws {
    try finish(ChatSQL.Settlement(spend: 700))
    try database.execute("UPDATE iris.daily_spend SET date = date - 1")
    #expect(try isOver(1) == false)
    // At every moment the one of these zones that is ahead has another date.
    try database.execute("UPDATE iris.daily_spend SET date = (now() AT TIME ZONE 'Pacific/Midway')::date")
    #expect(try isOver(1, zone: "Pacific/Midway") == true && isOver(1, zone: "Pacific/Kiritimati") == false)
  }

  @Test func `forty settlements at once lose nothing`() throws {
    let user = user
    _ = try database.allAtOnce(40) { connection, _ in
      let sql = ChatSQL(connection)
      let begun = try sql.begin(user, rules: ChatSQL.Rules(premiumMinute: nil))
      try sql.finish(begun, ChatSQL.Settlement(spend: 11, alerts: #"[{"kind":"k","subject":"s"}]"#))
    }
    #expect(try spent() == 440)
    #expect(try database.integer("SELECT count(*) FROM iris.daily_spend") ?? 0 > 1)
    #expect(try database.integer("SELECT count FROM iris.alerts") == 40)
  }

  private static func alert(_ subject: String, detail: Int) -> String {
    #"{"kind":"key_revoked","subject":"\#(subject)","detail":{"n":\#(detail)}}"#
  }

  @Test func `an alert that comes again only counts`() throws {
    for number in 1...3 {
      let alerts =
        "[\(Self.alert("2", detail: number)),\(Self.alert("1", detail: number)),\(Self.alert("1", detail: 9))]"
      try finish(ChatSQL.Settlement(alerts: alerts), twice: true)
      try database.execute("UPDATE iris.alerts SET notified_at = now() WHERE subject = '2'")
    }
    let found = try database.column(
      """
      SELECT concat_ws(' ', subject, count, detail->>'n', notified_at IS NOT NULL, last_at > first_at)
        FROM iris.alerts WHERE kind = 'key_revoked' AND subject = '2'
      """)
    #expect(found == ["2 3 3 t t"])
    #expect(try database.integer("SELECT count FROM iris.alerts WHERE subject = '1'") == 3)
  }

  @Test func `an alert that comes back after it was resolved is a new one`() throws {
    let alerts = "[\(Self.alert("2", detail: 1))]"
    for _ in 1...2 { try finish(ChatSQL.Settlement(alerts: alerts)) }
    try database.execute("UPDATE iris.alerts SET notified_at = now(), resolved_at = now(), first_at = '2020-01-01'")
    try finish(ChatSQL.Settlement(alerts: alerts))
    let found = try database.text(
      "SELECT concat_ws(' ', count, notified_at IS NULL, resolved_at IS NULL, first_at > '2021-01-01') FROM iris.alerts"
    )
    #expect(found == "1 t t t")
  }
}
