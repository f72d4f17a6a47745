import IrisDomain
import IrisSystem

/// A user of another issuer by that issuer's name of them (OpenID Connect Core 1.0 §2, `iss` and `sub`).
struct ExternalIdentity: Equatable, Sendable {
  let issuer: String
  let subject: String
}

/// The accounts of `IRIS_EXTERNAL_ISSUER` as the unified backend writes them.
struct ExternalUserStore {
  let database: Database
  /// IANA name; decides on which day a beta grant ends.
  let timeZone: String

  /// The account's id; nil: there is none yet.
  func id(of identity: ExternalIdentity) throws(StoreError) -> String? {
    let sql = "SELECT id FROM iris.accounts WHERE external_issuer = $1 AND external_subject = $2"
    return try database.run(sql, [identity.issuer, identity.subject], repeatable: true).text(0)
  }

  /// Makes or changes an account in one transaction.
  /// - Parameters:
  ///   - id: the account's, or a new one.
  ///   - change: the parameters of an `AccountChange`.
  ///   - beginning: those of an `AccountBeginning` for an account that is to be made; nil for one that is there.
  /// - Returns: nil when the account was made or erased by somebody else since its id was asked for.
  func put(
    _ identity: ExternalIdentity, id: String, change: [String?], beginning: [String?]?
  ) throws(StoreError) -> Account? {
    let sql = """
      SELECT \(AccountStore.columns) \
      FROM iris.put_external_user($2, $3, $4, $5, $6, $7, $8, $9, $10::bytea[], $1)
      """
    let parameters =
      [timeZone, id, beginning == nil ? "f" : "t", identity.issuer, identity.subject] + change
      + (beginning ?? [nil, nil, nil])
    return Account(try database.run(sql, parameters, repeatable: true), firstColumn: 0)
  }
}
