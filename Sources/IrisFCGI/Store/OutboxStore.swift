import IrisSystem

/// Mails and webhooks on their way, in `iris.outbox`.
struct OutboxStore {
  let database: Database

  /// A notice that was taken to be sent: nobody else has it until the lease ends.
  struct Claim: Equatable, Sendable {
    let id: String
    let kind: Notice.Kind
    let topic: String
    let user: String?
    /// A JSON object.
    let payload: String
    /// How often it was taken, this time included.
    let attempt: Int
    /// When it was written, in microseconds since 1970.
    let createdAt: Int64
  }

  /// Puts notices on their way, all or none; what must be written with them passes `Notice.rows` to its own statement.
  func add(_ notices: [Notice]) throws(StoreError) {
    guard !notices.isEmpty else { return }
    _ = try database.run("SELECT iris.enqueue($1)", [Notice.rows(notices)], repeatable: true)
  }

  /// Tells the unified backend that a user's day is used up, unless it was told today.
  /// - Parameters:
  ///   - id: of the notice.
  ///   - resetsAt: the end of that day, RFC 3339.
  func addQuotaReached(
    id: String, user: String, resetsAt: String, timeZone: String, lifetimeSeconds: Int
  ) throws(StoreError) {
    _ = try database.run(
      "SELECT iris.tell_quota_reached($1, $2, $3, $4, $5)",
      [id, user, resetsAt, timeZone, String(lifetimeSeconds)], repeatable: true)
  }

  /// Takes the notice that has been due for longest.
  /// - Returns: nil when none of these kinds is due.
  func claim(_ kinds: Set<Notice.Kind>, leaseSeconds: Int) throws(StoreError) -> Claim? {
    let words = kinds.map(\.rawValue).sorted().joined(separator: ",")
    let row = try database.run("SELECT * FROM iris.claim_notice($1, $2)", ["{\(words)}", String(leaseSeconds)])
    guard let id = row.text(0), let kind = row.text(1).flatMap(Notice.Kind.init), let topic = row.text(2),
      let payload = row.text(4), let attempt = row.integer(5), let createdAt = row.integer(6)
    else { return nil }
    return Claim(
      id: id, kind: kind, topic: topic, user: row.text(3), payload: payload, attempt: attempt,
      createdAt: Int64(createdAt))
  }

  /// Ends a notice, sent or not: it is never tried again.
  /// - Parameter error: why it was not sent; never anything of a person's.
  func settle(_ notice: Claim, error: String? = nil) throws(StoreError) {
    _ = try database.run("SELECT iris.settle_notice($1, $2)", [notice.id, error], repeatable: true)
  }

  /// Lets a notice wait, unless somebody else took it meanwhile.
  /// - Parameter error: why; never anything of a person's.
  func postpone(_ notice: Claim, seconds: Int, error: String) throws(StoreError) {
    _ = try database.run(
      "SELECT iris.postpone_notice($1, $2, $3, $4)", [notice.id, String(notice.attempt), String(seconds), error],
      repeatable: true)
  }
}
