import IrisDomain
import IrisSystem

/// Accounts that log in at another issuer, found by issuer and subject.
struct IdentityStore {
  let database: Database
  let timeZone: String

  /// A token's identity on its way to an account.
  struct Adoption {
    let claims: ForeignClaims
    let session: String
    /// What a list of sessions shows of the client.
    let device: String?
    /// The keyed hashes under which an erased account of this identity may be noted.
    let erasedHashes: [[UInt8]]
    /// The id of the account if one is made, and what is recorded and told then.
    let newAccount: String
    let events: String
    let notices: String
  }

  enum Outcome: Equatable {
    case adopted(AdoptionCache.Adopted)
    /// The account was erased after the token was issued.
    case erased
  }

  /// Finds or makes account and session.
  /// - Parameter sessionSeconds: for how long a session without a further token is remembered.
  func adopt(_ adoption: Adoption, sessionSeconds: Int) throws(StoreError) -> Outcome {
    let claims = adoption.claims
    let result = try database.run(
      """
      SELECT outcome, account_id, tier FROM iris.adopt_identity( \
      $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
      """,
      [
        claims.issuer, claims.subject, Bytea.array(adoption.erasedHashes), adoption.newAccount, adoption.session,
        String(claims.times.issuedAt),
        String(claims.times.expires), claims.session.outlivesToken ? String(sessionSeconds) : "0",
        claims.email?.text, claims.name, adoption.device, timeZone, adoption.events, adoption.notices,
      ], repeatable: true)
    guard result.text(0) == "ok" else { return .erased }
    guard let account = result.text(1), let tier = result.text(2).flatMap(Tier.init) else { throw .unavailable }
    return .adopted(AdoptionCache.Adopted(account: account, session: adoption.session, tier: tier))
  }
}
