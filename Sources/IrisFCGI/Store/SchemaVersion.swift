import IrisSystem

/// Whether the database's schema and this program fit: `schema.sql` writes which version it is and which worker is the
/// oldest that it still serves.
enum SchemaVersion {
  /// The version this program needs.
  static let needed = Version.schema

  private static let sql = "SELECT version, oldest_worker FROM iris.schema_version"

  /// Asks on a new connection, so that a request never runs against tables it does not know.
  static func check(_ connection: PostgresConnection, deadline: Int64) throws(PostgresError) {
    let advice = "apply the schema of this release as the database's owner: iris-fcgi migrate"
    do throws(PostgresError) {
      let found = try connection.run(sql, deadline: deadline)
      guard let version = found.integer(0), let oldest = found.integer(1) else {
        throw PostgresError.cannotConnect("the schema has no version; \(advice)")
      }
      guard version >= needed else {
        throw PostgresError.cannotConnect("the schema is version \(version), this program needs \(needed); \(advice)")
      }
      guard needed >= oldest else {
        throw PostgresError.cannotConnect(
          "the schema (version \(version)) serves programs of schema version \(oldest) or later, this one is of \(needed); "
            + "install the newest release")
      }
    } catch {
      switch error {
      case .refused("42P01", let message), .refused("3F000", let message):
        throw .cannotConnect("the database has no schema of Iris (\(message)); \(advice)")
      case .refused("42501", let message):
        throw .cannotConnect("the database role may not read the schema of Iris (\(message)); GRANT iris_app TO it")
      default: throw error
      }
    }
  }
}
