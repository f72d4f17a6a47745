/// The idempotency keys of requests that are answered, or were, while the database could not be told: so that a repeat on
/// this host neither costs twice nor takes the answer's place when that comes to the database.
///
/// A slot is an identity and one word: 2 bits of state, 30 bits of the body's hash, 32 bits of the second since 1970 at
/// which it is over.
struct LocalKeys: Sendable {
  enum Standing: Equatable, Sendable {
    case unknown
    /// Somebody works on it; for so many seconds at most.
    case running(seconds: Int)
    /// The answer waits in the spool.
    case answered
    /// The key belongs to another body.
    case mismatched
  }

  private enum State: UInt64 { case running = 1, answered = 2 }

  private let table: SharedSlots

  init(_ words: SharedWords) { table = SharedSlots(words, width: 2) }

  /// - Parameter now: seconds since 1970, here and below.
  func standing(_ key: ChatStore.Idempotency, of user: String, now: Int64) -> Standing {
    guard let slot = table.find(Self.identity(key.key, user)) else { return .unknown }
    let word = table.word(1, of: slot).load()
    guard let state = State(rawValue: word >> 62), Self.end(word) > now else { return .unknown }
    guard word >> 32 & Self.hashMask == Self.hash(key) else { return .mismatched }
    return state == .answered ? .answered : .running(seconds: Int(Self.end(word) - now))
  }

  /// Begins to work on a request.
  /// - Returns: false when another worker did so first, or there is no room.
  func claim(_ key: ChatStore.Idempotency, of user: String, seconds: Int, now: Int64) -> Bool {
    guard let word = word(key, user, now: now) else { return false }
    let before = word.load()
    guard Self.end(before) <= now else { return false }
    return word.exchange(expected: before, desired: Self.word(.running, key, end: now + Int64(seconds)))
  }

  /// Notes that the answer waits in the spool.
  func answered(_ key: ChatStore.Idempotency, of user: String, seconds: Int, now: Int64) {
    word(key, user, now: now)?.store(Self.word(.answered, key, end: now + Int64(seconds)))
  }

  /// Forgets a key: its request came to nothing, or the database knows of it.
  /// - Returns: whether it was known until now; nil when nothing can be said.
  @discardableResult
  func release(_ key: String, of user: String) -> Bool? {
    guard let slot = table.find(Self.identity(key, user)) else { return nil }
    let word = table.word(1, of: slot)
    while true {
      let before = word.load()
      if before == 0 { return false }
      if word.exchange(expected: before, desired: 0) { return true }
    }
  }

  private func word(_ key: ChatStore.Idempotency, _ user: String, now: Int64) -> SharedWord? {
    table.claim(Self.identity(key.key, user)) { Self.end(table.word(1, of: $0).load()) <= now }
      .map { table.word(1, of: $0) }
  }

  private static let hashMask: UInt64 = 1 << 30 - 1

  private static func word(_ state: State, _ key: ChatStore.Idempotency, end: Int64) -> UInt64 {
    state.rawValue << 62 | hash(key) << 32 | UInt64(end) & 0xFFFF_FFFF
  }

  private static func end(_ word: UInt64) -> Int64 { Int64(word & 0xFFFF_FFFF) }

  private static func hash(_ key: ChatStore.Idempotency) -> UInt64 {
    UInt64(key.bodyHash.prefix(8), radix: 16).map { $0 & hashMask } ?? 0
  }

  private static func identity(_ key: String, _ user: String) -> SharedSlots.Identity {
    SharedSlots.Identity("key", user, key)
  }
}
