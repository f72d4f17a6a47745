import IrisDomain
import IrisSystem

/// What `iris-fcgi maintain` does in the database.
struct UpkeepStore {
  let database: Database

  /// How many rows one step removed.
  struct Purged: Equatable, Sendable {
    var byTable: [String: Int] = [:]
    /// Notices that expired before they arrived, by topic.
    var undelivered: [String: Int] = [:]

    mutating func add(_ other: Purged) {
      byTable.merge(other.byTable, uniquingKeysWith: +)
      undelivered.merge(other.undelivered, uniquingKeysWith: +)
    }
  }

  /// Takes the upkeep for so long.
  /// - Parameter dead: a holder that is known to have ended.
  /// - Returns: who has it instead; nil: it is ours.
  func begin(as holder: String, leaseSeconds: Int, insteadOf dead: String? = nil) throws(StoreError) -> String? {
    let sql = "SELECT iris.begin_upkeep($1, $2, $3)"
    return try database.run(sql, [holder, String(leaseSeconds), dead], repeatable: true).text(0)
  }

  func end(as holder: String) throws(StoreError) {
    _ = try database.run("SELECT iris.end_upkeep($1)", [holder], repeatable: true)
  }

  /// Makes the partitions of the months to come.
  /// - Returns: how many were missing.
  func extendPartitions() throws(StoreError) -> Int {
    try database.run("SELECT iris.extend_partitions()", repeatable: true).integer(0) ?? 0
  }

  /// Removes at most `batch` rows of each table.
  func purge(keep: [String: Int] = KeepingTimes.byTable, batch: Int) throws(StoreError) -> Purged {
    let result = try database.run(
      "SELECT * FROM iris.purge_expired($1, $2)", [JSONBytes(JSONObject(keep)).text, String(batch)], repeatable: true)
    return Purged(
      byTable: UpkeepStore.counts(result.text(0)), undelivered: UpkeepStore.counts(result.text(1)))
  }

  static func counts(_ text: String?) -> [String: Int] {
    let members = text.flatMap { StrictJSON.members(of: $0.utf8) } ?? [:]
    return members.compactMapValues { $0.number.flatMap { Int(exactly: $0) } }
  }
}
