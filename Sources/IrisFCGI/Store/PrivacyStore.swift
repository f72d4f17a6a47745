/// All that the database holds of one user, to be given or to be erased.
struct PrivacyStore {
  let database: Database

  /// The document of `GET /api/v1/user/export`.
  /// - Returns: nil when there is no such account.
  func export(user: String) throws(StoreError) -> String? { throw .unavailable }
}
