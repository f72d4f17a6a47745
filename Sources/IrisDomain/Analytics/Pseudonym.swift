/// What is hashed to stand for a person or a conversation in events and errors. The hash is keyed, so it is a pseudonym:
/// still personal data in the law's eyes, but of no use without the key.
///
/// The purpose comes first, so that the pseudonyms of one id for two purposes cannot be joined.
package enum Pseudonym {
  package static func user(_ id: String) -> String { "user:" + id }
  package static func conversation(_ id: String) -> String { "conversation:" + id }
  /// Hexadecimal digits kept of the hash: 128 bits.
  package static let length = 32
}
