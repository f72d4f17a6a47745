import IrisSystem

/// The other issuer's keys: from a file of the operator's, or from an address, by way of a file that the workers of a host
/// share. Keys that were fetched serve until others come, also while the address does not answer.
final class ForeignKeys {
  /// Milliseconds after which keys from an address are fetched again, when no user waits for it.
  static let freshMilliseconds: Int64 = 600_000
  static let limits = TransferLimits(
    connectTimeoutMilliseconds: 1_000, deadlineMilliseconds: 2_000, maximumBytes: JWKSet.maximumBytes)

  typealias Fetch = (CurlRequest, TransferLimits) throws(CurlError) -> CurlReply

  private let file: KeyFile
  /// nil: the file is the operator's.
  private let address: String?
  private let permit: KeyFetchPermit
  private let log: Log
  private let monotonic: () -> Int64
  private let realtime: () -> Int64
  private var keys: JWKSet?
  /// Milliseconds since 1970.
  private var fetchedAt: Int64 = 0

  /// - Parameter directory: where the workers share what they fetch.
  init(
    _ source: ExternalIssuer.KeySource, directory: String, permit: KeyFetchPermit, log: Log,
    monotonic: @escaping () -> Int64 = { Clock.monotonicMicroseconds },
    realtime: @escaping () -> Int64 = { Clock.realtimeMilliseconds }
  ) {
    switch source {
    case .file(let path):
      file = KeyFile(path: path, isOurs: false, log: log)
      address = nil
    case .address(let address):
      // Another address is another file: what it gave says nothing about this one.
      let name = "jwks-\(Hex.encode(Array(Digest.sha256(address).prefix(8)))).json"
      file = KeyFile(path: "\(directory)/\(name)", isOurs: true, log: log)
      self.address = address
    }
    self.permit = permit
    self.log = log
    self.monotonic = monotonic
    self.realtime = realtime
  }

  enum Verdict: Equatable {
    case good, bad
    /// There is no key at all, so nothing can be said.
    case noKeys
  }

  /// Whether one of the keys has signed the token. A `kid` that no key has is worth a fetch, within `KeyFetchPermit`.
  /// - Parameter later: takes what can wait until the answer is out.
  func verdict(
    on token: CompactJWS, _ algorithm: SignatureAlgorithm, fetch: @escaping Fetch,
    later: (@escaping () -> Void) -> Void
  ) -> Verdict {
    look(isUrgent: false)
    if keys.map(\.keys.isEmpty) ?? true { fetchFirst(fetch) }
    guard let present = keys, !present.keys.isEmpty else { return .noKeys }
    if isOld { later { [self] in if isOld, permit.claim(at: monotonic()) { refresh(fetch) } } }
    var match = present.match(token.keyID, algorithm)
    if case .unknownID = match {
      lookFurther(token, fetch)
      match = keys?.match(token.keyID, algorithm) ?? match
    }
    guard case .keys(let candidates) = match else { return .bad }
    let message = Array(token.signed.utf8)
    let isGood = candidates.contains { $0.key.verifies(token.signature, of: message, algorithm: algorithm) }
    return isGood ? .good : .bad
  }

  /// Whether keys from an address have had their time; one that lies ahead was written before the clock was set back.
  private var isOld: Bool {
    let age = realtime() - fetchedAt
    return address != nil && (age > ForeignKeys.freshMilliseconds || age < -ForeignKeys.freshMilliseconds)
  }

  private func look(isUrgent: Bool) {
    guard let news = file.news(now: monotonic(), isUrgent: isUrgent) else { return }
    keys = news.keys
    fetchedAt = news.writtenAt
  }

  /// Without keys every worker may try, until one fails.
  private func fetchFirst(_ fetch: Fetch) {
    look(isUrgent: true)
    guard keys.map(\.keys.isEmpty) ?? true, address != nil, permit.breaker.permits(at: monotonic()) else { return }
    refresh(fetch)
  }

  /// For a `kid` that is not among the keys: what another worker has fetched, else a fetch of our own.
  private func lookFurther(_ token: CompactJWS, _ fetch: Fetch) {
    look(isUrgent: true)
    guard let id = token.keyID?.text, keys.map({ !$0.has(id) }) ?? true, address != nil else { return }
    if permit.claim(at: monotonic()) { refresh(fetch) }
  }

  private func refresh(_ fetch: Fetch) {
    guard let address else { return }
    do {
      take(try ForeignKeys.keys(of: try fetch(ForeignKeys.request(address), ForeignKeys.limits)))
    } catch {
      failed((error as? Refusal)?.words ?? "\(error)")
    }
  }

  /// Uses and shares a set. An empty one counts too, since an issuer may take all its keys back; but it is asked for more.
  private func take(_ fresh: JWKSet) {
    for flaw in fresh.flaws { log.write(.warning, "a key of the other issuer is not used", [("reason", .text(flaw))]) }
    keys = fresh
    fetchedAt = realtime()
    file.write(fresh)
    guard !fresh.keys.isEmpty else { return failed("there is no usable key in the set") }
    if permit.breaker.hasFailed { log.write(.notice, "the other issuer's keys can be fetched again") }
    permit.breaker.succeeded()
  }

  /// Told once for all workers of the host, until it works again.
  private func failed(_ reason: String) {
    if !permit.breaker.hasFailed {
      log.write(.error, "the other issuer's keys cannot be fetched; those at hand serve", [("reason", .text(reason))])
    }
    permit.breaker.failed(at: monotonic())
  }

  private static func request(_ address: String) -> CurlRequest {
    CurlRequest(method: "GET", url: address, headers: ["Accept: application/jwk-set+json, application/json"])
  }

  private enum Refusal: Error {
    case status(Int)
    case content(JWKSet.Refusal)

    var words: String {
      switch self {
      case .status(let status): "status \(status)"
      case .content(let refusal): refusal.rawValue
      }
    }
  }

  private static func keys(of reply: CurlReply) throws(Refusal) -> JWKSet {
    guard reply.status == 200 else { throw .status(reply.status) }
    do throws(JWKSet.Refusal) { return try JWKSet(reply.body) } catch { throw .content(error) }
  }
}
