import IrisDomain
import IrisSystem

/// Turns ids, addresses and the like into keyed hashes: those that stand in events and errors, and those by which the
/// database finds something again without holding it. Of `IRIS_ANONYMISATION_KEY` the first is used and all are known.
final class Pseudonyms {
  private let keys: [MessageAuthenticationKey]

  init(keys: [Secret]) throws(MessageAuthenticationError) {
    var prepared: [MessageAuthenticationKey] = []
    for key in keys { prepared.append(try MessageAuthenticationKey(key.exposedBytes)) }
    self.keys = prepared
  }

  /// - Returns: nil without a key: better no pseudonym than the id itself.
  func user(_ id: String) -> String? { hash(Pseudonym.user(id)) }

  /// Every pseudonym that events may know this user by: of the key in use, and of those before it.
  func users(_ id: String) -> [String] { codes(Pseudonym.user(id)).map(Pseudonyms.shortened) }

  func conversation(_ id: String) -> String? { hash(Pseudonym.conversation(id)) }

  private func hash(_ text: String) -> String? {
    keys.first.map { Pseudonyms.shortened($0.code(for: text)) }
  }

  private static func shortened(_ code: [UInt8]) -> String { String(Hex.encode(code).prefix(Pseudonym.length)) }

  /// The whole hash under the key in use, to be stored; `text` is one of `Pseudonym`'s.
  func code(_ text: String) throws(Problem) -> [UInt8] {
    guard let key = keys.first else { throw Problem(.unavailable) }
    return key.code(for: text)
  }

  /// The hashes under all keys, the one in use first: what may be stored, from before a rotation too.
  func codes(_ text: String) -> [[UInt8]] { keys.map { $0.code(for: text) } }
}
