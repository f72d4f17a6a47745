import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `iris.begin_chat`: who may ask one more question now.
@Suite(.needsDatabase) struct QuotaReservationTests {
  let database: TestDatabase
  let sql: ChatSQL

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
  }

  /// Seconds from now to midnight in Paris, as PostgreSQL's calendar has it.
  private func secondsToMidnight() throws -> Int {
    try #require(
      try database.integer(
        """
        SELECT ceil(extract(epoch FROM
          (((now() AT TIME ZONE 'Europe/Paris')::date + 1)::timestamp AT TIME ZONE 'Europe/Paris') - clock_timestamp()))
        """))
  }

  @Test func `the first message of a day is let through and told where it stands`() throws {
    let user = try TestUser(database)
    let midnight = try secondsToMidnight()
    let begun = try sql.begin(user)
    #expect(begun.outcome == "reserved" && begun.tier == "free")
    #expect(begun.dayLimit == 10 && begun.dayUsed == 0 && begun.dayReserved == 1)
    #expect(begun.minuteLimit == 3 && begun.minuteUsed == 1 && begun.minuteReset == 60)
    #expect(begun.turns == 0 && begun.history == nil && begun.retryAfter == nil)
    #expect(abs((begun.dayReset ?? 0) - midnight) <= 2)
    let resetsAt = try database.text(
      "SELECT iris.rfc3339(iris.end_of_day((now() AT TIME ZONE 'Europe/Paris')::date, 'Europe/Paris'))")
    #expect(begun.resetsAt == resetsAt)
    #expect(try database.status(begun) == "pending")
  }

  @Test func `the fourth message of a minute waits and leaves no trace`() throws {
    let user = try TestUser(database)
    for number in 1...3 {
      let begun = try sql.begin(user)
      #expect(begun.outcome == "reserved" && begun.minuteUsed == number && begun.dayReserved == number)
    }
    let refused = try sql.begin(user)
    #expect(refused.outcome == "rate_limited")
    #expect((58...60).contains(refused.retryAfter ?? 0) && refused.retryAfter == refused.minuteReset)
    #expect(refused.minuteUsed == 3 && refused.dayReserved == 3)
    #expect(try database.status(refused) == nil)
    #expect(try database.integer("SELECT count(*) FROM iris.quota_reservations") == 3)
    #expect(try database.integer("SELECT cardinality(requests) FROM iris.user_minute_usage") == 3)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_chat_sessions") == 3)
  }

  @Test(arguments: [
    // Seconds since three messages, what becomes of the next, and for how long it has to wait.
    (0, "rate_limited", 60), (20, "rate_limited", 40), (57, "rate_limited", 3), (60, "reserved", nil),
    (3_600, "reserved", nil),
    // The server's clock was set back since.
    (-7_200, "reserved", nil),
  ])
  func `the minute is any sixty seconds`(age: Int, outcome: String, wait: Int?) throws {
    let user = try TestUser(database)
    for _ in 1...3 { _ = try sql.begin(user) }
    try database.ageMinute(of: user, seconds: age)
    let next = try sql.begin(user)
    #expect(next.outcome == outcome)
    if let wait { #expect(((wait - 2)...wait).contains(next.retryAfter ?? -1)) }
    if outcome == "reserved" { #expect(next.minuteUsed == 1) }
  }

  @Test func `the minute slides message by message`() throws {
    let user = try TestUser(database)
    for _ in 1...3 {
      _ = try sql.begin(user)
      try database.ageMinute(of: user, seconds: 20)
    }
    // Now they are 60, 40 and 20 seconds old: the first no longer counts.
    let fourth = try sql.begin(user)
    #expect(fourth.outcome == "reserved" && fourth.minuteUsed == 3)
    #expect((18...20).contains(fourth.minuteReset ?? 0))
    let fifth = try sql.begin(user)
    #expect(fifth.outcome == "rate_limited" && (18...20).contains(fifth.retryAfter ?? 0))
  }

  @Test func `a limit that shrank lets one pass when fewer than it are left`() throws {
    let user = try TestUser(database)
    for _ in 1...3 {
      _ = try sql.begin(user)
      try database.ageMinute(of: user, seconds: 10)
    }
    // They are 30, 20 and 10 seconds old; with a limit of one, the youngest must leave first.
    let refused = try sql.begin(user, rules: ChatSQL.Rules(freeMinute: 1))
    #expect(refused.outcome == "rate_limited" && (48...50).contains(refused.retryAfter ?? 0))
  }

  @Test func `ten charged messages are a free day, whatever the minute says`() throws {
    let user = try TestUser(database)
    for _ in 1...3 { _ = try sql.chat(user) }
    try database.setCharged(user, 10)
    let midnight = try secondsToMidnight()
    let refused = try sql.begin(user)
    #expect(refused.outcome == "daily_quota_exceeded")
    #expect(refused.dayUsed == 10 && refused.minuteUsed == 3)
    #expect(abs((refused.retryAfter ?? 0) - midnight) <= 2 && refused.retryAfter == refused.dayReset)
  }

  @Test func `an answer on its way takes a place until it lapses`() throws {
    let user = try TestUser(database)
    try database.setCharged(user, 9)
    #expect(try sql.begin(user, lapseSeconds: 45).outcome == "reserved")
    let refused = try sql.begin(user)
    #expect(refused.outcome == "daily_quota_exceeded" && refused.dayReserved == 1)
    #expect((43...45).contains(refused.retryAfter ?? 0))
  }

  @Test func `what was charged yesterday does not count today`() throws {
    let user = try TestUser(database)
    try database.setCharged(user, 10, daysAgo: 1)
    let begun = try sql.begin(user)
    #expect(begun.outcome == "reserved" && begun.dayUsed == 0)
  }

  @Test func `premium has no day but a minute of ten`() throws {
    let user = try TestUser(database, tier: .premium)
    try database.setCharged(user, 5_000)
    for _ in 1...10 {
      let begun = try sql.begin(user)
      #expect(begun.outcome == "reserved" && begun.tier == "premium" && begun.dayLimit == nil)
    }
    let eleventh = try sql.begin(user)
    #expect(eleventh.outcome == "rate_limited" && eleventh.minuteLimit == 10)
  }

  @Test func `a limit of nothing is no limit`() throws {
    let user = try TestUser(database)
    let rules = ChatSQL.Rules(freeDay: nil, freeMinute: nil)
    for _ in 1...20 { #expect(try sql.begin(user, rules: rules).outcome == "reserved") }
    let last = try sql.begin(user, rules: rules)
    #expect(last.dayLimit == nil && last.minuteLimit == nil)
    // Nobody asks for the moments, so they are not kept: the list would grow with every request.
    #expect(last.minuteUsed == 1)
  }

  @Test(arguments: [
    // When a beta grant ends, counted from today in Paris, and the tier that counts.
    (Tier.free, -1, "free"), (.free, 0, "premium"), (.free, 1, "premium"), (.premium, -1, "premium"),
  ])
  func `a beta grant is premium to the end of its last day`(tier: Tier, daysLeft: Int, expected: String) throws {
    let user = try TestUser(
      database, tier: tier, betaUntil: "(now() AT TIME ZONE 'Europe/Paris')::date + \(daysLeft)")
    let begun = try sql.begin(user)
    #expect(begun.tier == expected && begun.dayLimit == (expected == "free" ? 10 : nil))
  }

  @Test func `the last day of a grant is a day of the configured time zone`() throws {
    // It is never the same date in these two zones, which are 25 hours apart.
    let (late, early) = ("Pacific/Kiritimati", "Pacific/Midway")
    let user = try TestUser(database, betaUntil: "(now() AT TIME ZONE '\(early)')::date")
    #expect(try sql.begin(user, zone: early).tier == "premium")
    #expect(try sql.begin(user, zone: late).tier == "free")
  }

  @Test(arguments: [
    // What happens to the account or the session, and the word that the program gets.
    ("UPDATE iris.sessions SET revoked_at = now()", "session_revoked"),
    ("UPDATE iris.sessions SET expires_at = now() - interval '1 second'", "session_revoked"),
    ("DELETE FROM iris.sessions", "session_revoked"),
    ("DELETE FROM iris.accounts", "session_revoked"),
    ("UPDATE iris.accounts SET disabled_at = now()", "account_disabled"),
    (
      "WITH s AS (UPDATE iris.sessions SET revoked_at = now()) UPDATE iris.accounts SET disabled_at = now()",
      "session_revoked"
    ),
  ])
  func `an ended session and a disabled account reserve nothing`(change: String, outcome: String) throws {
    let user = try TestUser(database)
    try database.execute(change)
    let begun = try sql.begin(user, conversation: try TestID.make())
    #expect(begun.outcome == outcome)
    #expect(try database.integer("SELECT count(*) FROM iris.quota_reservations") == 0)
    #expect(try database.integer("SELECT count(*) FROM iris.user_minute_usage") == 0)
  }

  @Test func `another user's session is no session`() throws {
    let (user, other) = (try TestUser(database), try TestUser(database))
    #expect(try sql.begin(user, session: other.session).outcome == "session_revoked")
  }

  @Test func `another user's conversation is not found, and costs nothing`() throws {
    let (user, other) = (try TestUser(database), try TestUser(database))
    let theirs = try sql.chat(other)
    for conversation in [theirs.conversation, try TestID.make()] {
      let refused = try sql.begin(user, conversation: conversation)
      #expect(refused.outcome == "not_found" && refused.history == nil && refused.turns == nil)
    }
    #expect(try sql.begin(other, conversation: theirs.conversation).outcome == "reserved")
    #expect(try sql.begin(user).minuteUsed == 1)
  }
}
