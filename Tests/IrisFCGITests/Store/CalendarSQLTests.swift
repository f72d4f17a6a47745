import IrisSystem
import Testing

@testable import IrisFCGI

/// The small functions of schema.sql about time.
@Suite(.needsDatabase) struct CalendarSQLTests {
  let database: TestDatabase

  init() throws { database = try TestDatabase() }

  private static let days: [(String, String, String)] = [
    // A day in a zone and the moment of UTC at which it ends.
    ("2026-01-15", "Europe/Paris", "2026-01-15T23:00:00Z"), ("2026-07-15", "Europe/Paris", "2026-07-15T22:00:00Z"),
    // Clocks go forward at 2 a.m. on 29 March 2026 (23 hours) and back at 3 a.m. on 25 October (25 hours).
    ("2026-03-28", "Europe/Paris", "2026-03-28T23:00:00Z"), ("2026-03-29", "Europe/Paris", "2026-03-29T22:00:00Z"),
    ("2026-10-24", "Europe/Paris", "2026-10-24T22:00:00Z"), ("2026-10-25", "Europe/Paris", "2026-10-25T23:00:00Z"),
    ("2026-12-31", "Europe/Paris", "2026-12-31T23:00:00Z"), ("2028-02-28", "UTC", "2028-02-29T00:00:00Z"),
    ("2026-05-05", "Indian/Reunion", "2026-05-05T20:00:00Z"), ("2026-05-05", "America/Cayenne", "2026-05-06T03:00:00Z"),
    // On this day Beirut's clocks jump from midnight to one: the day after begins at one o'clock, which is 22:00 in UTC.
    ("2026-03-28", "Asia/Beirut", "2026-03-28T22:00:00Z"),
  ]

  @Test func `a day ends at midnight there`() throws {
    for (day, zone, end) in Self.days {
      #expect(try database.text("SELECT iris.rfc3339(iris.end_of_day($1::date, $2))", [day, zone]) == end)
    }
  }

  private static let moments: [Int64] = [0, 1, 999, 1_000, 1_767_225_600_123, 4_102_444_800_000, 281_474_976_710_655]

  @Test func `a UUIDv7 tells its millisecond`() throws {
    for milliseconds in Self.moments {
      let id = try Random.uuidV7(milliseconds: milliseconds)
      let told = try database.text("SELECT round(extract(epoch FROM iris.uuid_v7_time($1::uuid)) * 1000)::bigint", [id])
      #expect(told == String(milliseconds))
    }
  }

  @Test func `what the worker's id says is what created_at holds`() throws {
    let sql = try ChatSQL(database)
    let begun = try sql.chat(try TestUser(database))
    let apart = try database.integer(
      "SELECT count(*) FROM iris.iris_messages WHERE created_at <> iris.uuid_v7_time(id)")
    #expect(apart == 0)
    let age = try database.integer(
      "SELECT abs(extract(epoch FROM now() - created_at))::integer FROM iris.iris_messages WHERE id = $1::uuid",
      [begun.turn])
    #expect((age ?? 99) <= 2)
  }

  private static let grants: [(String, String?, String)] = [
    ("free", nil, "free"), ("free", "2026-05-04", "free"), ("free", "2026-05-05", "premium"),
    ("free", "2026-05-06", "premium"), ("premium", nil, "premium"), ("premium", "2020-01-01", "premium"),
  ]

  @Test func `the effective tier on the fifth of May`() throws {
    for (tier, until, expected) in Self.grants {
      let found = try database.text("SELECT iris.effective_tier($1, $2::date, '2026-05-05')", [tier, until])
      #expect(found == expected)
    }
  }

  @Test func `times are RFC 3339 in UTC whatever the session's zone`() throws {
    try database.execute("SET TimeZone = 'Asia/Tokyo'")
    let text = try database.text("SELECT iris.rfc3339('2026-03-01 00:30:15.9+01'::timestamptz)")
    #expect(text == "2026-02-28T23:30:15Z")
  }

  @Test func `every month from now has its partition, and no row is ever without one`() throws {
    try database.execute("SELECT iris.ensure_partitions('2031-12-15', 2)")
    try database.execute("SELECT iris.ensure_partitions('2031-12-15', 2)")
    for (moment, partition) in [
      ("2031-12-31T23:59:59Z", "iris_events_203112"), ("2032-01-01T00:00:00Z", "iris_events_203201"),
      ("1999-01-01T00:00:00Z", "iris_events_rest"), ("2222-01-01T00:00:00Z", "iris_events_rest"),
    ] {
      let found = try database.text(
        "INSERT INTO iris.iris_events (event_type, timestamp) VALUES ('x', $1::timestamptz) RETURNING tableoid::regclass",
        [moment])
      #expect(found == "iris.\(partition)")
    }
  }
}
