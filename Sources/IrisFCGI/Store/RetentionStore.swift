import IrisDomain
import IrisSystem

/// What goes when `IRIS_RETENTION_DAYS` is over, and errors by what failed.
struct RetentionStore {
  let database: Database

  /// Counts errors into `iris.error_groups`, at most about `batch` of them.
  /// - Returns: how many; 0: there are no more.
  func groupErrors(batch: Int) throws(StoreError) -> Int {
    let sql = "SELECT iris.group_errors($1, $2)"
    return try database.run(sql, [String(RetentionRules.lagSeconds), String(batch)]).integer(0) ?? 0
  }

  /// Removes at most `batch` rows of each kind.
  /// - Parameter keep: seconds by kind.
  /// - Returns: how many went, by kind.
  func purge(keep: [String: Int], batch: Int) throws(StoreError) -> [String: Int] {
    let parameters = [JSONBytes(JSONObject(keep)).text, String(batch)]
    let past = try database.run("SELECT iris.purge_past($1, $2)", parameters, repeatable: true).text(0)
    let records = try database.run("SELECT iris.purge_records($1, $2)", parameters, repeatable: true).text(0)
    return UpkeepStore.counts(past).merging(UpkeepStore.counts(records), uniquingKeysWith: +)
  }

  /// Takes a month off a table when its last moment is older than `days`.
  /// - Returns: its name; nil: there is none.
  func detachMonth(of table: String, days: Int) throws(StoreError) -> String? {
    try database.run("SELECT iris.detach_month($1, $2)", [table, String(days)], repeatable: true).text(0)
  }

  /// Removes a month that was taken off.
  /// - Parameter rows: how many it must have; nil: whatever it has.
  /// - Returns: false when it has another number.
  func dropMonth(_ month: String, rows: Int?) throws(StoreError) -> Bool {
    try database.run("SELECT iris.drop_month($1, $2)", [month, rows.map { String($0) }], repeatable: true).boolean(0)
      == true
  }
}
