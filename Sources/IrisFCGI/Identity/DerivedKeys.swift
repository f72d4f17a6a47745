import IrisSystem

extension TokenSettings {
  /// Keys for one purpose, in the order of the secrets that sign access tokens, from which they are derived: what was made
  /// for one purpose passes for no other.
  func keys(for purpose: String) throws(MessageAuthenticationError) -> [MessageAuthenticationKey] {
    var keys: [MessageAuthenticationKey] = []
    for secret in secrets {
      let root = try MessageAuthenticationKey(secret.exposedBytes)
      keys.append(try MessageAuthenticationKey(root.code(for: purpose)))
    }
    return keys
  }
}
