import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Months that are taken off a table and removed whole.
@Suite(.needsDatabase) struct MonthsTests {
  private let test: TestDatabase

  init() throws {
    test = try TestDatabase()
    try test.execute("SELECT iris.ensure_partitions('2025-01-01', 2)")
  }

  private func store() throws -> RetentionStore { RetentionStore(database: try test.makeDatabase()) }

  private func detach(_ table: String, days: Int, at moment: String) throws -> String? {
    try test.text("SELECT iris.detach_month_at($1, $2, $3::timestamptz)", [table, String(days), moment])
  }

  @Test(arguments: ["iris_messages", "iris_events", "iris_errors"])
  func `a month goes when its last moment is older than the days`(table: String) throws {
    // 1 February 2025 and 30 days.
    #expect(try detach(table, days: 30, at: "2025-03-02 23:59:59Z") == nil)
    #expect(try detach(table, days: 30, at: "2025-03-03 00:00:00Z") == "\(table)_202501")
    // One that was taken off comes again until it is gone.
    #expect(try detach(table, days: 30, at: "2025-03-02 23:59:59Z") == "\(table)_202501")
    #expect(try store().dropMonth("\(table)_202501", rows: nil))
    #expect(try detach(table, days: 30, at: "2025-03-03 00:00:00Z") == nil)
    #expect(try store().dropMonth("\(table)_202501", rows: nil), "gone is gone")
  }

  @Test func `with the application's rights months go one by one, and those to come stay`() throws {
    let store = try store()
    var gone: [String] = []
    while let month = try store.detachMonth(of: "iris_events", days: 395) {
      gone.append(month)
      #expect(try store.dropMonth(month, rows: nil))
    }
    #expect(gone == ["iris_events_202501", "iris_events_202502"])
    let left = try test.integer("SELECT count(*) FROM pg_inherits WHERE inhparent = 'iris.iris_events'::regclass")
    #expect(left == 4)
  }

  @Test func `a month goes with as many rows as its archive has`() throws {
    try test.execute(
      "INSERT INTO iris.iris_events (event_type, timestamp) SELECT 'x', '2025-01-10' FROM generate_series(1, 3)")
    let store = try store()
    let month = try #require(try store.detachMonth(of: "iris_events", days: 395))
    #expect(try store.dropMonth(month, rows: 2) == false)
    #expect(try test.integer("SELECT count(*) FROM iris.\(month)") == 3)
    #expect(try store.dropMonth(month, rows: 3))
  }

  @Test func `nothing but a month that was taken off can be removed`() throws {
    let store = try store()
    for name in ["accounts", "iris_events", "iris_events_rest", "iris_events_202501 ; x", "iris_events_2025011"] {
      #expect(throws: StoreError.refused(sqlState: "P0001")) { _ = try store.dropMonth(name, rows: nil) }
    }
    #expect(try store.dropMonth("iris_events_202501", rows: nil) == false)
    for (table, days) in [("accounts", 30), ("iris_events", 0), ("iris_events", -1)] {
      #expect(throws: StoreError.refused(sqlState: "P0001")) { _ = try store.detachMonth(of: table, days: days) }
    }
    #expect(try test.integer("SELECT count(*) FROM iris.iris_events_202501") == 0)
  }

  @Test func `nobody waits for long behind a month that somebody reads`() throws {
    let reader = try test.connect()
    _ = try reader.run("BEGIN", deadline: TestDatabase.deadline())
    _ = try reader.run("SELECT count(*) FROM iris.iris_events", deadline: TestDatabase.deadline())
    let start = Clock.monotonicMicroseconds
    #expect(throws: StoreError.refused(sqlState: "55P03")) {
      _ = try store().detachMonth(of: "iris_events", days: 395)
    }
    #expect((400_000...1_500_000).contains(Clock.monotonicMicroseconds - start))
    _ = try reader.run("COMMIT", deadline: TestDatabase.deadline())
    #expect(try store().detachMonth(of: "iris_events", days: 395) == "iris_events_202501")
  }
}
