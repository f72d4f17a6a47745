import IrisSystem

/// Where analytics are read: the replica of `IRIS_DATABASE_READ_URL` where there is one, else the primary.
struct ReadDatabase {
  let primary: Database

  func run(_ sql: String, _ parameters: [String?] = []) throws(StoreError) -> PostgresResult {
    try primary.run(sql, parameters, repeatable: true)
  }
}
