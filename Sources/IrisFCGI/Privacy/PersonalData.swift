import IrisDomain
import IrisSystem

/// What the law gives everyone, for the API and the command line alike: a copy of all that is held, and its erasure.
struct PersonalData {
  let store: PrivacyStore
  let pseudonyms: Pseudonyms
  let configuration: Configuration

  /// Erases an account and all that is held of it, in one transaction.
  /// - Parameter session: of the user who asks, which must live; nil: an operator asks.
  /// - Returns: refused as `session_revoked`, `account_disabled`, or, without a session, `not_found`.
  func erase(user: String, session: String?) throws -> Granted<Void> { throw StoreError.unavailable }

  /// Gives the document of `GET /api/v1/user/export` part by part.
  /// - Parameters:
  ///   - session: as above.
  ///   - take: a part of the JSON text; false ends it.
  func export(user: String, session: String?, take: (String) -> Bool) throws -> Granted<Void> {
    throw StoreError.unavailable
  }
}
