import IrisSystem
import Testing

/// `COPY … TO STDOUT`, with its misuse.
@Suite(.enabled(if: PostgresServer.isExpected, "IRIS_TEST_DATABASE_URL is not set")) struct PostgresCopyTests {
  private let connection: PostgresConnection

  init() throws { connection = try PostgresServer.connect() }

  private struct Enough: Error {}

  private func copy(_ sql: String, silence: Int64 = 10_000) throws -> (rows: Int, bytes: [UInt8], pieces: Int) {
    var bytes: [UInt8] = []
    var pieces = 0
    let rows = try connection.copyOut(sql, silenceMilliseconds: silence) {
      bytes += $0
      pieces += 1
    }
    return (rows, bytes, pieces)
  }

  @Test func `rows come whole and in order, and the connection is good for more`() throws {
    for _ in 1...2 {
      let done = try copy("COPY (SELECT n, 'é,\"' || n FROM generate_series(1, 3) n) TO STDOUT (FORMAT csv)")
      #expect(done.rows == 3)
      #expect(String(decoding: done.bytes, as: UTF8.self) == "1,\"é,\"\"1\"\n2,\"é,\"\"2\"\n3,\"é,\"\"3\"\n")
      #expect(connection.isAlive)
    }
    #expect(try connection.run("SELECT 7", deadline: PostgresServer.deadline()).integer(0) == 7)
  }

  @Test func `a large table comes in pieces of a bounded size`() throws {
    var (largest, total) = (0, 0)
    let rows = try connection.copyOut(
      "COPY (SELECT repeat('x', 99) FROM generate_series(1, 100000)) TO STDOUT", silenceMilliseconds: 10_000
    ) {
      largest = max(largest, $0.count)
      total += $0.count
    }
    #expect(rows == 100_000 && total == 10_000_000 && largest < 70_000)
  }

  @Test func `nothing gives no piece`() throws {
    let done = try copy("COPY (SELECT 1 WHERE false) TO STDOUT")
    #expect(done.rows == 0 && done.pieces == 0)
  }

  @Test(arguments: ["COPY nothing TO STDOUT", "SELECT 1", "nonsense", "CREATE TEMPORARY TABLE t (x int)"])
  func `what is no copy is refused`(sql: String) throws {
    #expect(throws: PostgresError.self) { _ = try copy(sql) }
  }

  @Test func `an error half-way is no shorter table`() throws {
    let sql = "COPY (SELECT 1 / (50000 - n) FROM generate_series(1, 60000) n) TO STDOUT"
    #expect(throws: PostgresError.refused(sqlState: "22012", message: "division by zero")) { _ = try copy(sql) }
  }

  @Test func `a server that falls silent is not waited for`() throws {
    let start = Clock.monotonicMicroseconds
    #expect(throws: PostgresError.timedOut) { _ = try copy("COPY (SELECT pg_sleep(5)) TO STDOUT", silence: 300) }
    #expect(Clock.monotonicMicroseconds - start < 2_000_000)
  }

  @Test func `whoever has enough ends it, and the connection with it`() throws {
    #expect(throws: Enough.self) {
      _ = try connection.copyOut(
        "COPY (SELECT repeat('x', 99) FROM generate_series(1, 100000)) TO STDOUT", silenceMilliseconds: 10_000
      ) { _ in throw Enough() }
    }
    #expect(!connection.isAlive)
  }
}
