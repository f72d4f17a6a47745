import IrisDomain
import IrisSystem

/// Turns ids into the keyed hashes that stand in events and errors.
final class Pseudonyms {
  private let key: MessageAuthenticationKey?

  init(keys: [Secret]) throws(MessageAuthenticationError) {
    guard let first = keys.first else {
      key = nil
      return
    }
    key = try MessageAuthenticationKey(first.exposedBytes)
  }

  /// - Returns: nil without a key: better no pseudonym than the id itself.
  func user(_ id: String) -> String? { hash(Pseudonym.user(id)) }

  func conversation(_ id: String) -> String? { hash(Pseudonym.conversation(id)) }

  private func hash(_ text: String) -> String? {
    key.map { String(Hex.encode($0.code(for: text)).prefix(Pseudonym.length)) }
  }
}
