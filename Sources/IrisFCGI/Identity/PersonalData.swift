import IrisDomain
import IrisSystem

/// What the law gives everyone, for the API and the command line alike: a copy of all that is held (GDPR, articles 15 and
/// 20), and its erasure (article 17).
struct PersonalData {
  let services: Services

  private var pseudonyms: Pseudonyms { services.pseudonyms }

  /// Whether the account has a password, which its owner gives before it is erased.
  func hasPassword(_ user: String) throws -> Bool { try services.privacy.holder(of: user)?.hasPassword ?? false }

  /// Gives all that is held of an account, as parts of one JSON text.
  /// - Parameters:
  ///   - session: of the user who asks, which must live for every part; nil: an operator asks.
  ///   - take: gets a part, and whether it is the last; false ends it.
  /// - Returns: refused as `session_revoked`, `account_disabled`, or, without a session, `not_found`; after the first part
  ///   too, when the account is erased meanwhile.
  func export(user: String, session: String?, take: (String, _ isLast: Bool) -> Bool) throws -> Granted<Void> {
    let hashes = try services.privacy.holder(of: user).map(hashes) ?? []
    var place: String?
    repeat {
      switch try services.privacy.part(of: user, session: session, hashes: hashes, after: place) {
      case .refused(let kind): return .refused(kind)
      case .granted(let part):
        guard take(part.text, part.next == nil) else { return .granted(()) }
        place = part.next
      }
    } while place != nil
    return .granted(())
  }

  /// The longest that an erasure waits for the spool, in microseconds.
  private static let spoolMicroseconds: Int64 = 1_000_000

  /// Erases an account and all that is held of it, in one transaction. What this host spooled comes to the database first, so
  /// that the counters which stay are right; what is left of it is dropped by a later replay, which finds no account.
  /// - Returns: refused as an export; `unavailable` when the account changed at this moment: try again.
  /// - Throws: `Problem(.unavailable)` without IRIS_ANONYMISATION_KEY, `StoreError` when nothing was erased or when it is not
  ///   known.
  func erase(user: String, session: String?) throws -> Granted<Void> {
    guard let holder = try services.privacy.holder(of: user) else {
      return .refused(session == nil ? .notFound : .sessionRevoked)
    }
    if services.spool.look() { services.replaySpool(until: Clock.monotonicMicroseconds + Self.spoolMicroseconds) }
    defer { services.spool.forget(user: user) }
    // Nobody's event: it must not be what tells which pseudonym is gone.
    let event = try pseudonyms.row(.accountErased)
    let notices = try services.backendNotices(.accountErased(id: user, externalID: externalID(holder)))
    return try services.privacy.erase(
      PrivacyStore.Erasure(
        user: user, session: session, email: holder.email,
        emailHash: try holder.email.map { try pseudonyms.code(Pseudonym.erasedEmail($0)) },
        subjectHash: try holder.external.map { try pseudonyms.code(erasedSubject($0)) },
        throttleKeys: throttleKeys(holder),
        events: JSONBytes([event]).text, notices: Notice.rows(notices)))
  }

  private func erasedSubject(_ external: (issuer: String, subject: String)) -> String {
    Pseudonym.erasedSubject(issuer: external.issuer, subject: external.subject)
  }

  /// Everything that may stand under a keyed hash of who the user is.
  private func hashes(_ holder: PrivacyStore.Holder) -> [[UInt8]] {
    var texts: [String] = []
    if let email = holder.email { texts.append(Pseudonym.erasedEmail(email)) }
    if let external = holder.external { texts.append(erasedSubject(external)) }
    return texts.flatMap(pseudonyms.codes) + throttleKeys(holder)
  }

  /// Under what failures of the account are counted, but for those at addresses that it knows.
  private func throttleKeys(_ holder: PrivacyStore.Holder) -> [[UInt8]] {
    let texts = holder.email.map { [Pseudonym.throttledEmail($0)] } ?? []
    return (texts + holder.sessions.map(Pseudonym.throttledSession)).flatMap(pseudonyms.codes)
  }

  /// The unified backend's name of the user.
  private func externalID(_ holder: PrivacyStore.Holder) -> String? {
    guard let external = holder.external, external.issuer == services.configuration.externalIssuer?.issuer else {
      return nil
    }
    return external.subject
  }
}
