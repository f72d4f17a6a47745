import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Errors by what failed, with their number.
@Suite(.needsDatabase) struct ErrorGroupTests {
  private let test: TestDatabase

  init() throws { test = try TestDatabase() }

  private func add(_ context: String, message: String = "m", times: Int = 1, secondsAgo: Int = 60) throws {
    try test.execute(
      """
      INSERT INTO iris.iris_errors (error_type, error_message, context, recorded_at, timestamp)
      SELECT 't', $1, $2::jsonb, now() - make_interval(secs => $4::integer), now() - interval '2 hours'
        FROM generate_series(1, $3::integer)
      """, [message, context, String(times), String(secondsAgo)])
  }

  private func group(batch: Int = 1_000) throws -> Int {
    try RetentionStore(database: try test.makeDatabase()).groupErrors(batch: batch)
  }

  private func counts() throws -> [Int?] {
    try test.column("SELECT count FROM iris.error_summary ORDER BY count").map { $0.flatMap { Int($0) } }
  }

  @Test func `what says what failed makes a group, and what says when does not`() throws {
    for (index, id) in ["a", "b", "c"].enumerated() {
      try add(#"{"model": "m", "reason": "r", "request_id": "\#(id)", "ms": \#(index)}"#)
    }
    #expect(try group() == 3)
    #expect(try counts() == [3])
    for context in [
      #"{"model": "m"}"#, #"{"reason": "m"}"#, #"{"provider": "m"}"#, #"{"route": "m"}"#, "{}", #"{"model": null}"#,
    ] { try add(context) }
    try add("{}", message: "another")
    #expect(try group() == 7)
    // A member that is null is one that is not there.
    #expect(try counts() == [1, 1, 1, 1, 1, 2, 3])
  }

  @Test func `a fingerprint is the same for ever`() throws {
    let sql = "SELECT iris.error_fingerprint('t', 'm', '{\"model\": \"x\", \"ms\": 3}')"
    #expect(try test.text(sql) == "e2d6253237e4012a")
  }

  @Test func `each error counts once, however it is cut into steps`() throws {
    for second in 0..<20 { try add("{}", times: 3, secondsAgo: 100 + second) }
    // A step takes whole moments.
    #expect(try group(batch: 10) == 12)
    #expect(try group(batch: 1_000) == 48)
    #expect(try group() == 0)
    #expect(try counts() == [60])
  }

  @Test func `the last seconds wait, since a row before them may be on its way`() throws {
    try add("{}", secondsAgo: RetentionRules.lagSeconds - 5)
    #expect(try group() == 0)
    try add("{}", secondsAgo: RetentionRules.lagSeconds + 1)
    #expect(try group() == 1)
  }

  @Test func `two at once count each error once`() throws {
    for second in 0..<200 { try add("{}", times: 5, secondsAgo: 100 + second) }
    let counted = try test.allAtOnce(4) { connection, _ in
      var counted = 0
      for _ in 1...40 {
        let sql = "SELECT iris.group_errors(30, 20)"
        counted += try connection.run(sql, deadline: TestDatabase.deadline()).integer(0) ?? 0
      }
      return counted
    }
    #expect(counted.reduce(0, +) == 1_000)
    #expect(try counts() == [1_000])
  }

  @Test func `the view tells how often in the last day`() throws {
    try add("{}", times: 4)
    try test.execute("UPDATE iris.iris_errors SET timestamp = now() - interval '25 hours' WHERE ctid = '(0,1)'")
    _ = try group()
    #expect(try test.text("SELECT count || ' ' || last_day FROM iris.error_summary") == "4 3")
  }
}
