import IrisDomain
import IrisSystem

/// What another product kept, written a batch at a time. Each batch is one transaction, and one that comes again changes
/// nothing.
struct ImportStore {
  let database: Database
  /// Which product.
  let source: String

  /// Rows of one transaction: few enough for it to end within two seconds.
  static let batch = 500

  private static let functions: [ImportTable: String] = [
    .accounts: "iris.import_accounts", .conversations: "iris.import_conversations",
    .messages: "iris.import_messages", .usage: "iris.import_usage", .events: "iris.import_events",
    .errors: "iris.import_errors",
  ]

  /// - Parameters:
  ///   - rows: each with its `line`.
  ///   - isTrial: judges and writes nothing.
  /// - Returns: by their lines the rows that were not made, each with the word that says why.
  func write(_ rows: [JSONObject], of table: ImportTable, isTrial: Bool = false) throws(StoreError) -> [Int: String] {
    let trial = table == .accounts ? ", \(isTrial)" : ""
    let sql = "SELECT line, outcome FROM \(ImportStore.functions[table] ?? "")($1, $2\(trial))"
    let result = try database.run(sql, [source, JSONBytes(rows).text], repeatable: true)
    var outcomes: [Int: String] = [:]
    for row in 0..<result.rowCount {
      if let line = result.integer(0, row: row) { outcomes[line] = result.text(1, row: row) }
    }
    return outcomes
  }

  /// The accounts that these old ids have become.
  func accounts(of oldIDs: Set<String>) throws(StoreError) -> [String: String] {
    guard !oldIDs.isEmpty else { return [:] }
    let sql = """
      SELECT i.old_id, i.account_id FROM iris.imported_ids i \
      WHERE i.source = $1 AND i.old_id = ANY (ARRAY(SELECT jsonb_array_elements_text($2::jsonb)))
      """
    let result = try database.run(sql, [source, JSONBytes(oldIDs.sorted()).text], repeatable: true)
    var accounts: [String: String] = [:]
    for row in 0..<result.rowCount {
      if let old = result.text(0, row: row) { accounts[old] = result.text(1, row: row) }
    }
    return accounts
  }

  /// Makes the partitions of these months.
  /// - Parameter months: their first days, `2026-01-01`.
  func ensurePartitions(_ months: Set<String>) throws(StoreError) {
    let list = "{" + months.sorted().joined(separator: ",") + "}"
    _ = try database.run("SELECT iris.import_partitions($1)", [list], repeatable: true)
  }
}
