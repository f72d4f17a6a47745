import IrisSystem

/// Another product's PostgreSQL, read in one snapshot that nothing done there meanwhile changes. Nothing is written.
struct PostgresSource: ImportSource {
  /// Rows of one FETCH: what is held of a table at a time.
  static let batch = 500
  /// The first FETCH may wait for the sort of a whole table.
  static let patienceMicroseconds: Int64 = 600_000_000

  private let connection: PostgresConnection
  private let found: [ImportTable: (name: String, estimate: Double)]
  let isSupabase: Bool

  var tables: [ImportTable] { ImportTable.allCases.filter { found[$0] != nil } }

  /// - Parameter destination: the database that is imported into, which would double itself.
  init(_ url: String, destination: Database) throws(CommandFailure) {
    let source = try PostgresSource.telling { () throws(PostgresError) in
      let source = try PostgresConnection(
        conninfo: url, prepares: false, deadline: Clock.monotonicMicroseconds + 10_000_000)
      _ = try source.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", deadline: PostgresSource.deadline)
      _ = try source.run(PostgresSource.settings, deadline: PostgresSource.deadline)
      return source
    }
    connection = source
    let here = try PostgresSource.telling { () throws(PostgresError) in
      try source.run(PostgresSource.identity, deadline: PostgresSource.deadline).text(0)
    }
    guard let there = try? destination.run(PostgresSource.identity).text(0), there != here else {
      throw CommandFailure("the database to import from is the one to import into, or that one cannot be used")
    }
    found = try PostgresSource.find(source)
    isSupabase = found[.accounts]?.name == ImportTable.supabaseUsers
    guard !found.isEmpty else {
      throw CommandFailure("the database has none of the tables in public, iris or auth, or they may not be read")
    }
  }

  private static let settings = """
    SELECT set_config('client_encoding', 'UTF8', true), set_config('TimeZone', 'UTC', true), \
    set_config('DateStyle', 'ISO', true), set_config('statement_timeout', '0', true), \
    set_config('idle_in_transaction_session_timeout', '0', true)
    """

  /// Differs for any two databases of any two servers.
  private static let identity = "SELECT current_database() || ' ' || extract(epoch FROM pg_postmaster_start_time())"

  static var deadline: Int64 { Clock.monotonicMicroseconds + patienceMicroseconds }

  static func telling<Value>(_ work: () throws(PostgresError) -> Value) throws(CommandFailure) -> Value {
    do throws(PostgresError) { return try work() } catch {
      switch error {
      case .cannotConnect(let words): throw CommandFailure("the database to import from cannot be reached: \(words)")
      case .timedOut: throw CommandFailure("the database to import from did not answer in time")
      case .lost(let words): throw CommandFailure("the connection to the database to import from broke: \(words)")
      case .refused(_, let words): throw CommandFailure("the database to import from refused: \(words)")
      }
    }
  }

  private static func find(
    _ source: PostgresConnection
  ) throws(CommandFailure) -> [ImportTable: (name: String, estimate: Double)] {
    let sql = """
      SELECT n.nspname, c.relname, c.reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition \
      AND (n.nspname IN ('public', 'iris') OR (n.nspname, c.relname) = ('auth', 'users')) \
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') \
      ORDER BY n.nspname = 'iris'
      """
    return try telling { () throws(PostgresError) in
      let result = try source.run(sql, deadline: deadline)
      var found: [ImportTable: (name: String, estimate: Double)] = [:]
      for table in ImportTable.allCases {
        for name in table.names where found[table] == nil {
          for row in 0..<result.rowCount where found[table] == nil {
            guard let schema = result.text(0, row: row), let relation = result.text(1, row: row) else { continue }
            guard name == (schema == "auth" ? "auth.\(relation)" : relation) else { continue }
            let estimate = result.text(2, row: row).flatMap { Double($0) } ?? -1
            found[table] = ("\(schema).\(relation)", estimate)
          }
        }
      }
      return found
    }
  }

  func rows(of table: ImportTable) throws(CommandFailure) -> any RowStream {
    guard let (name, estimate) = found[table] else { throw CommandFailure("there is no table \(table.rawValue)") }
    let there = try self.columns(of: name)
    let missing = table.required.filter { !there.contains($0) }
    guard missing.isEmpty else { throw CommandFailure("\(name) lacks \(missing.joined(separator: ", "))") }
    var columns = (table.required + table.optional).filter(there.contains)
    var list = columns.map { "t.\($0)::text" }
    var from = "\(name) t"
    if table == .accounts, isSupabase, let (profiles, more) = try self.profiles(besides: columns) {
      list += more.map { "p.\($0)::text" }
      from += " LEFT JOIN \(profiles) p ON p.id::text = t.id::text"
      columns += more
    }
    // A conversation's messages one after another, so that each is put together once.
    let order = table == .messages ? " ORDER BY t.session_id, t.created_at, t.id" : ""
    let sql = "SELECT \(list.joined(separator: ", ")) FROM \(from)\(order)"
    return try CursorStream(connection, sql, columns: columns, estimate: estimate)
  }

  /// Only names from our own lists reach a statement.
  private func columns(of name: String) throws(CommandFailure) -> Set<String> {
    let sql = """
      SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped \
      AND has_column_privilege(attrelid, attnum, 'SELECT')
      """
    return try PostgresSource.telling { () throws(PostgresError) in
      let result = try connection.run(sql, [name], deadline: PostgresSource.deadline)
      var names: Set<String> = []
      for row in 0..<result.rowCount { if let name = result.text(0, row: row) { names.insert(name) } }
      return names
    }
  }

  /// What a product on Supabase knows of its people beside Supabase itself: tiers above all.
  private func profiles(besides columns: [String]) throws(CommandFailure) -> (name: String, columns: [String])? {
    for name in ["public.profiles", "public.accounts", "public.users"] {
      let exists = try PostgresSource.telling { () throws(PostgresError) in
        try connection.run("SELECT to_regclass($1) IS NOT NULL", [name], deadline: PostgresSource.deadline).boolean(0)
      }
      guard exists == true else { continue }
      let there = try self.columns(of: name)
      let wanted = ["name", "full_name", "tier", "subscription_tier", "beta_until", "disabled_at"]
      let more = wanted.filter { there.contains($0) && !columns.contains($0) }
      if there.contains("id"), !more.isEmpty { return (name, more) }
    }
    return nil
  }
}

/// The rows of one query, fetched through a cursor.
private final class CursorStream: RowStream {
  private let connection: PostgresConnection
  private let columns: [String: Int]
  private let estimate: Double
  private var waiting: [SourceRow] = []
  private var count = 0
  private var isAtEnd = false

  init(_ connection: PostgresConnection, _ sql: String, columns: [String], estimate: Double) throws(CommandFailure) {
    self.connection = connection
    self.columns = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.estimate = estimate
    try run("DECLARE iris_import NO SCROLL CURSOR FOR \(sql)")
  }

  var share: Double? { estimate > 0 ? min(1, Double(count) / estimate) : nil }

  func next() throws(CommandFailure) -> SourceRow? {
    if waiting.isEmpty, !isAtEnd { try fetch() }
    return waiting.popLast()
  }

  private func fetch() throws(CommandFailure) {
    var rows: [SourceRow] = []
    try PostgresSource.telling { () throws(PostgresError) in
      let sql = "FETCH \(PostgresSource.batch) FROM iris_import"
      let result = try connection.run(sql, deadline: PostgresSource.deadline)
      for row in 0..<result.rowCount {
        var fields: [String?] = []
        for column in 0..<result.columnCount {
          let text = result.text(column, row: row)
          fields.append(text?.isEmpty == true ? nil : text)
        }
        rows.append(SourceRow(number: count + row + 1, fields: fields, columns: columns))
      }
    }
    count += rows.count
    waiting = rows.reversed()
    isAtEnd = rows.count < PostgresSource.batch
    if isAtEnd { try run("CLOSE iris_import") }
  }

  private func run(_ sql: String) throws(CommandFailure) {
    try PostgresSource.telling { () throws(PostgresError) in
      _ = try connection.run(sql, deadline: PostgresSource.deadline)
    }
  }
}
