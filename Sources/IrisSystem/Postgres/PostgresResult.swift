internal import CPostgres

/// The rows of one statement; it owns the PGresult (<https://www.postgresql.org/docs/15/libpq-exec.html>).
/// All values come in text format. Rows and columns count from 0; outside of them a value is nil, as NULL is.
@safe package struct PostgresResult: ~Copyable {
  private let result: OpaquePointer

  init(owning result: OpaquePointer) {
    unsafe self.result = result
  }

  deinit { unsafe PQclear(result) }

  package var rowCount: Int { unsafe Int(PQntuples(result)) }

  package var columnCount: Int { unsafe Int(PQnfields(result)) }

  /// Rows that an INSERT, UPDATE or DELETE touched; 0 for other statements.
  package var affectedRows: Int {
    guard let count = unsafe PQcmdTuples(result) else { return 0 }
    return unsafe Int(String(cString: count)) ?? 0
  }

  package func text(_ column: Int, row: Int = 0) -> String? {
    guard (0..<rowCount).contains(row), (0..<columnCount).contains(column),
      unsafe PQgetisnull(result, Int32(row), Int32(column)) == 0,
      let value = unsafe PQgetvalue(result, Int32(row), Int32(column))
    else { return nil }
    return unsafe String(cString: value)
  }

  package func integer(_ column: Int, row: Int = 0) -> Int? { text(column, row: row).flatMap { Int($0) } }

  package func boolean(_ column: Int, row: Int = 0) -> Bool? { text(column, row: row).map { $0 == "t" } }
}
