import IrisDomain
import IrisSystem

/// Accounts as the command line works on them. What users do with their own is `AccountStore`'s.
struct AccountRecordStore {
  let database: Database
  /// IANA name; decides on which day a beta grant ends.
  let timeZone: String

  /// Enough to say which accounts share an address.
  private static let longestMatch = 20

  /// The account that logs in with this address, or else all those of other issuers to which it was given.
  func find(email: EmailAddress) throws(StoreError) -> [AccountRecord] {
    let own = try records("WHERE email = $2", [email.text])
    guard own.isEmpty else { return own }
    return try records("WHERE external_email = $2 ORDER BY id LIMIT \(Self.longestMatch)", [email.text])
  }

  func find(id: String) throws(StoreError) -> AccountRecord? { try records("WHERE id = $2::uuid", [id]).first }

  /// The next accounts in the order of their ids, which is that of creation but for imported ones.
  /// Each page begins in the primary key's index, so the whole list costs no more than its length.
  /// - Parameter last: the id that the page before ended with; nil: begin.
  func page(after last: String?, limit: Int) throws(StoreError) -> [AccountRecord] {
    let beginning = "00000000-0000-0000-0000-000000000000"
    return try records("WHERE id > $2::uuid ORDER BY id LIMIT $3::integer", [last ?? beginning, String(limit)])
  }

  private func records(_ clause: String, _ parameters: [String?]) throws(StoreError) -> [AccountRecord] {
    let sql = "SELECT \(AccountRecord.columns) FROM iris.accounts \(clause)"
    let result = try database.run(sql, [timeZone] + parameters, repeatable: true)
    return (0..<result.rowCount).compactMap { AccountRecord(result, row: $0) }
  }

  /// Makes an account that logs in with a password.
  /// - Parameters:
  ///   - change: the parameters of an `AccountChange`.
  ///   - beginning: those of an `AccountBeginning`.
  /// - Returns: nil when the address is taken.
  func add(
    id: String, email: EmailAddress, passwordHash: String, change: [String?], beginning: [String?]
  ) throws(StoreError) -> AccountRecord? {
    let sql = """
      SELECT \(AccountRecord.columns) FROM iris.add_account($2, $3, $4, $5, $6, $7, $8, $9::bytea[], $1)
      """
    let parameters = [timeZone, id, email.text, passwordHash] + change + beginning
    return AccountRecord(try database.run(sql, parameters, repeatable: true))
  }

  /// - Parameter change: the parameters of an `AccountChange`.
  /// - Returns: nil when there is no such account; so do the two below.
  func change(id: String, _ change: [String?]) throws(StoreError) -> AccountRecord? {
    let sql = "SELECT \(AccountRecord.columns) FROM iris.change_account($2, $3, $4, $1)"
    return AccountRecord(try database.run(sql, [timeZone, id] + change, repeatable: true))
  }

  /// A disabled account keeps the moment when it first was.
  func setDisabled(_ isDisabled: Bool, id: String) throws(StoreError) -> AccountRecord? {
    let sql = """
      UPDATE iris.accounts SET disabled_at = CASE WHEN $3::boolean THEN coalesce(disabled_at, now()) END \
      WHERE id = $2::uuid RETURNING \(AccountRecord.columns)
      """
    return AccountRecord(try database.run(sql, [timeZone, id, isDisabled ? "t" : "f"], repeatable: true))
  }

  /// The sessions that can still be used, those used last first.
  func sessions(of account: String) throws(StoreError) -> [SessionRecord] {
    let sql = """
      SELECT s.id, iris.rfc3339(s.created_at), iris.rfc3339(s.last_used_at), iris.rfc3339(s.expires_at), s.device \
      FROM iris.sessions s \
      WHERE s.account_id = $1::uuid AND s.revoked_at IS NULL AND s.expires_at > now() \
      ORDER BY s.last_used_at DESC, s.id DESC
      """
    let result = try database.run(sql, [account], repeatable: true)
    var sessions: [SessionRecord] = []
    for row in 0..<result.rowCount {
      guard let id = result.text(0, row: row), let created = result.text(1, row: row),
        let used = result.text(2, row: row), let expires = result.text(3, row: row)
      else { continue }
      sessions.append(
        SessionRecord(
          id: id, createdAt: created, lastUsedAt: used, expiresAt: expires, device: result.text(4, row: row)))
    }
    return sessions
  }

  /// Ends one session of an account, or all.
  /// - Returns: how many there were to end.
  func endSessions(of account: String, only session: String?) throws(StoreError) -> Int {
    // The account first and the sessions in one order, as an erasure takes them: two calls never wait for each other.
    let sql = """
      WITH held AS MATERIALIZED (SELECT a.id FROM iris.accounts a WHERE a.id = $1::uuid FOR KEY SHARE) \
      UPDATE iris.sessions s SET revoked_at = clock_timestamp() \
      FROM (SELECT o.id FROM iris.sessions o \
      WHERE o.account_id = (SELECT h.id FROM held h) AND ($2::uuid IS NULL OR o.id = $2::uuid) \
      AND o.revoked_at IS NULL AND o.expires_at > now() ORDER BY o.id FOR NO KEY UPDATE) e \
      WHERE s.id = e.id RETURNING s.id
      """
    return try database.run(sql, [account, session]).rowCount
  }
}
