/// What is hashed to stand for a person or a conversation in events and errors. The hash is keyed, so it is a pseudonym:
/// still personal data in the law's eyes, but of no use without the key.
///
/// The purpose comes first, so that the pseudonyms of one id for two purposes cannot be joined.
package enum Pseudonym {
  package static func user(_ id: String) -> String { "user:" + id }
  package static func conversation(_ id: String) -> String { "conversation:" + id }
  /// What stays of an erased account: its e-mail address, or its issuer and subject.
  package static func erasedEmail(_ address: String) -> String { "erased email:" + address }
  package static func erasedSubject(issuer: String, subject: String) -> String {
    "erased subject:" + issuer + "\0" + subject
  }
  /// Keys by which failed logins are counted. `address` is a client's address or its network.
  package static func throttledEmail(_ address: String) -> String { "throttled email:" + address }
  package static func throttledAddress(_ address: String) -> String { "throttled address:" + address }
  /// A session whose user is asked for the password again.
  package static func throttledSession(_ id: String) -> String { "throttled session:" + id }
  /// An address from which an account logs in, of no use for any other account. The account is named by its e-mail address,
  /// which a login knows before the database is asked.
  package static func knownAddress(_ address: String, email: String) -> String {
    "known address:" + email + "\0" + address
  }
  /// A client's address or network in logs and events, under the key of the day.
  package static func clientAddress(_ network: String) -> String { "client address:" + network }
  /// Hexadecimal digits kept of the hash of an address: 64 bits tell a day's clients apart.
  package static let addressLength = 16
  /// Hexadecimal digits kept of the hash: 128 bits.
  package static let length = 32
}
