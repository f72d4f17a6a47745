import IrisDomain
import IrisSystem

/// All that the database holds of one user, to be given or to be erased.
struct PrivacyStore {
  let database: Database
  /// IANA name; decides which day's counters stay, and when the month ends.
  let timeZone: String

  /// An export is read in parts of about so many bytes: what a worker holds of it at a time, and what one call to the
  /// database can write well within its time.
  static let partBytes = 262_144

  /// By what an account may be known again once it is erased, and whether its owner has a password to prove it.
  struct Holder: Sendable {
    /// Nil for accounts that log in elsewhere.
    let email: String?
    /// Issuer and subject; nil for accounts of our own.
    let external: (issuer: String, subject: String)?
    let hasPassword: Bool
    /// Ids of all that are kept, living or ended.
    let sessions: [String]
  }

  /// - Returns: nil when there is no such account.
  func holder(of user: String) throws(StoreError) -> Holder? {
    let sql = """
      SELECT email, external_issuer, external_subject, password_hash IS NOT NULL,
             array_to_string(ARRAY(SELECT s.id FROM iris.sessions s WHERE s.account_id = a.id), ' ')
        FROM iris.accounts a WHERE a.id = $1::uuid
      """
    let result = try database.run(sql, [user], repeatable: true)
    guard let hasPassword = result.boolean(3) else { return nil }
    var external: (issuer: String, subject: String)?
    if let issuer = result.text(1), let subject = result.text(2) { external = (issuer, subject) }
    let sessions = (result.text(4) ?? "").split(separator: " ").map(String.init)
    return Holder(email: result.text(0), external: external, hasPassword: hasPassword, sessions: sessions)
  }

  /// One part of an export.
  struct Part: Sendable {
    /// A piece of one JSON text.
    let text: String
    /// Where the next part begins; nil: this was the last.
    let next: String?
  }

  /// - Parameters:
  ///   - session: of the user who asks; nil: an operator does.
  ///   - hashes: the keyed hashes under which something may be held that names no account.
  ///   - place: the `next` of the part before; nil: begin.
  func part(
    of user: String, session: String?, hashes: [[UInt8]], after place: String?
  ) throws(StoreError) -> Granted<Part> {
    let result = try database.run(
      "SELECT outcome, part, next FROM iris.export_account($1, $2, $3, $4, $5)",
      [user, session, Bytea.array(hashes), place, String(PrivacyStore.partBytes)], repeatable: true)
    return try Granted(outcome: result.text(0)) { () throws(StoreError) in
      guard let text = result.text(1) else { throw .unavailable }
      return Part(text: text, next: result.text(2))
    }
  }

  /// An erasure with what it leaves and tells.
  struct Erasure: Sendable {
    let user: String
    /// Of the user who asks; nil: an operator does.
    let session: String?
    /// The address of which the hashes were made: one that changed meanwhile is not erased.
    let email: String?
    /// Keyed hashes of the identities that stay for a while; nil where there is none.
    let emailHash: [UInt8]?
    let subjectHash: [UInt8]?
    /// The keys by which failures of the address and of the account's sessions are counted.
    let throttleKeys: [[UInt8]]
    /// JSON rows for `iris_events` and the outbox.
    let events: String
    let notices: String
  }

  /// Erases the account with all that is held of it, in one transaction. It is not sent twice: a repeat after a success
  /// would say that there is no such session.
  func erase(_ erasure: Erasure) throws(StoreError) -> Granted<Void> {
    let result = try database.run(
      "SELECT iris.erase_account($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      [
        erasure.user, erasure.session, erasure.email, erasure.emailHash.map(Bytea.text),
        erasure.subjectHash.map(Bytea.text), String(ErasureRules.subjectDays), Bytea.array(erasure.throttleKeys),
        timeZone, erasure.events, erasure.notices,
      ])
    return try Granted(outcome: result.text(0)) {}
  }
}
