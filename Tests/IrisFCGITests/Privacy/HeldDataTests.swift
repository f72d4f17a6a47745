import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Nothing that is held of a user is forgotten by an export or by an erasure, also in tables and columns to come.
@Suite(.needsDatabase) struct HeldDataTests {
  let database: TestDatabase
  let application: TestApplication

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
  }

  private func tables() throws -> [String] {
    try database.column(
      """
      SELECT relname FROM pg_class
       WHERE relnamespace = 'iris'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
      """
    ).compactMap { $0 }
  }

  @Test func `every table is one that is known`() throws {
    for table in try tables() {
      let isKnown = HeldTables.planting[table] != nil || HeldTables.ofNobody.contains(table)
      #expect(
        isKnown,
        """
        iris.\(table) is new: does it hold anything of a user? Then add it to iris.held_rows or iris.export_head (export), \
        let it go with the account (a foreign key with ON DELETE CASCADE, or iris.erase_account), and plant it in \
        HeldTables. Else name it in HeldTables.ofNobody.
        """)
    }
    #expect(Set(HeldTables.order) == Set(HeldTables.planting.keys))
  }

  @Test func `failures are found by their keys alone, however many a flood left`() throws {
    let first = try database.text(
      """
      SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
       WHERE i.indrelid = 'iris.throttles'::regclass AND i.indisprimary
      """)
    #expect(first == "key")
  }

  /// A table's columns with SQL for their value as an export writes it.
  private func columns(_ table: String) throws -> [(name: String, sql: String)] {
    let result = try database.superuser.run(
      """
      SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
       WHERE attrelid = format('iris.%I', $1::text)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
      """, [table], deadline: TestDatabase.deadline())
    return (0..<result.rowCount).compactMap { row in
      guard let name = result.text(0, row: row), let type = result.text(1, row: row) else { return nil }
      switch type {
      case "timestamp with time zone": return (name, "iris.rfc3339(t.\(name))")
      case "timestamp with time zone[]": return (name, "iris.rfc3339(t.\(name)[1])")
      case "jsonb": return (name, "t.\(name)->>'mark'")
      case "bytea": return (name, "encode(t.\(name), 'hex')")
      default: return (name, "t.\(name)::text")
      }
    }
  }

  @Test func `an export holds every value of every column, and nobody else's`() throws {
    let pseudonyms = application.services.pseudonyms
    let (mine, other) = (try Planted(database, pseudonyms, number: 1), try Planted(database, pseudonyms, number: 2))
    let export = try exported(mine)
    for table in HeldTables.order {
      for (column, sql) in try columns(table) {
        let name = "\(table).\(column)"
        // Of this user's planted rows and nobody else's; the first row of accounts and sessions is what every user has.
        let value = try database.text(
          "SELECT \(sql) FROM iris.\(table) t WHERE t::text ~ $1 ORDER BY t::text LIMIT 1", [owner(mine, of: table)])
        #expect(value?.isEmpty == false, "\(name) is empty in the planted row: plant it in HeldTables")
        guard let value, !value.isEmpty else { continue }
        let isKeptBack = HeldTables.keptBack.contains(name)
        // A short number stands anywhere.
        if isKeptBack && value.count < 6 { continue }
        #expect(
          export.contains(value) != isKeptBack,
          "\(name) must be exported (iris.held_rows), or stand in HeldTables.keptBack with a reason")
      }
    }
    for secret in ["zq2", other.user.id, other.user.email, other.conversation, other.turn, other.endedSession] {
      #expect(!export.contains(secret))
    }
  }

  /// A pattern that finds this user's planted row in the text of a table's rows.
  private func owner(_ planted: Planted, of table: String) -> String {
    switch table {
    case "throttles": planted.mark("scope")
    case "erased_identities": String(planted.count(2))
    case "sessions": planted.mark("device")
    case "refresh_tokens": planted.endedSession
    default: planted.user.id
    }
  }

  @Test func `an erasure leaves no row of the user and every row of others`() throws {
    let pseudonyms = application.services.pseudonyms
    let (mine, other) = (try Planted(database, pseudonyms, number: 1), try Planted(database, pseudonyms, number: 2))
    var before: [String: Int] = [:]
    for table in HeldTables.order { before[table] = try database.integer("SELECT count(*) FROM iris.\(table)") }
    let sections = try exported(other)

    guard case .granted = try application.services.personalData.erase(user: mine.user.id, session: nil) else {
      throw Problem(.internalError)
    }
    for table in HeldTables.order where !HeldTables.outlives.contains(table) {
      let left = try database.integer("SELECT count(*) FROM iris.\(table)")
      #expect(left == before[table].map { $0 / 2 }, "iris.\(table) still holds rows of the erased user")
    }
    for table in try tables() {
      let marked = try database.column(
        "SELECT t::text FROM iris.\(table) t WHERE t::text LIKE '%zq1%' OR t::text LIKE '%' || $1 || '%'",
        [mine.user.id])
      #expect(marked.isEmpty, "iris.\(table)")
    }
    #expect(try exported(other) == sections)
  }

  /// A user's export but for its moment. An operator asks: the planted account is disabled, too.
  private func exported(_ planted: Planted) throws -> String {
    var text = ""
    let outcome = try application.services.personalData.export(user: planted.user.id, session: nil) { part, _ in
      text += part
      return true
    }
    guard case .granted = outcome, (try? StrictJSON.parse(Array(text.utf8))) != nil else {
      throw Problem(.internalError)
    }
    return String(text.drop { $0 != "," })
  }
}
