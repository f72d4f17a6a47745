import IrisDomain
import IrisSystem

/// All that the database holds of one user, to be given or to be erased.
struct PrivacyStore {
  let database: Database
  /// IANA name; decides which day's counters stay, and when the month ends.
  let timeZone: String

  /// By what an account may be known again once it is erased, and how its owner proves to be it.
  struct Holder: Sendable {
    /// Nil for accounts that log in elsewhere.
    let email: String?
    let externalIssuer: String?
    let externalSubject: String?
    let hasPassword: Bool
  }

  func holder(of user: String) throws(StoreError) -> Holder? { throw .unavailable }
}
