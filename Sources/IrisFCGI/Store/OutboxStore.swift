import IrisSystem

/// Mails and webhooks on their way, in `iris.outbox`.
struct OutboxStore {
  let database: Database

  /// Puts notices on their way, all or none; what must be written with them passes `Notice.rows` to its own statement.
  func add(_ notices: [Notice]) throws(StoreError) {
    guard !notices.isEmpty else { return }
    _ = try database.run("SELECT iris.enqueue($1)", [Notice.rows(notices)], repeatable: true)
  }
}
