import IrisSystem

/// A hash table of fixed size in shared words: each slot begins with the identity that took it, its other words are the
/// user's.
///
/// Open addressing with linear probing over a bounded stretch. Nothing waits: a slot is taken by compare-exchange, and
/// where the stretch is full there is simply no slot. A taken slot never becomes empty, it only passes from one identity
/// to another, so a search may end at the first empty one.
struct SharedSlots: Sendable {
  /// The first 64 bits of SHA-256 over a list of texts; from a key's fingerprint nobody finds the key. Never 0.
  struct Identity: Hashable, Sendable {
    let word: UInt64

    init(_ parts: String...) {
      let digest = Digest.sha256(parts.joined(separator: "\0"))
      word = max(1, digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// A word that is spread as well as a hash; 0 becomes 1.
    init(word: UInt64) { self.word = max(1, word) }
  }

  /// So many slots are looked at for one identity, at most.
  static let longestProbe = 32

  private let words: SharedWords
  private let width: Int
  /// Slots that identities may take.
  let count: Int

  /// - Parameters:
  ///   - width: words of a slot, its identity included.
  ///   - reserved: slots at the end that no identity gets; `word` reaches them from `count` on.
  init(_ words: SharedWords, width: Int, reserved: Int = 0) {
    self.words = words
    self.width = width
    count = words.count / width - reserved
  }

  /// Every slot that is taken, with its identity.
  var taken: [(slot: Int, identity: Identity)] {
    (0..<count).compactMap { slot in
      let owner = word(0, of: slot).load()
      return owner == 0 ? nil : (slot, Identity(word: owner))
    }
  }

  /// A word of a slot, from 1; word 0 is the identity.
  func word(_ offset: Int, of slot: Int) -> SharedWord { words[slot * width + offset] }

  /// The slot of this identity; nil: there is none.
  func find(_ identity: Identity) -> Int? {
    for slot in stretch(identity) {
      let found = word(0, of: slot).load()
      if found == identity.word { return slot }
      if found == 0 { return nil }
    }
    return nil
  }

  /// The slot of this identity, which takes an empty one, or else one that nobody needs any more, if it has none.
  /// - Parameter isFree: whether the present owner of a slot can do without it.
  /// - Returns: nil: all slots it could have are needed.
  func claim(_ identity: Identity, reusing isFree: (_ slot: Int) -> Bool = { _ in false }) -> Int? {
    // Each round that fails means that another worker took that very slot.
    for _ in 0..<Self.longestProbe {
      if let slot = find(identity) { return slot }
      guard let vacancy = vacancy(identity, isFree) else { return nil }
      if word(0, of: vacancy.slot).exchange(expected: vacancy.owner, desired: identity.word) {
        // Between the search and the exchange another worker may have given the identity an earlier slot, which is then
        // the one that everybody finds; the one taken here is reused some day.
        return find(identity)
      }
    }
    return nil
  }

  private func vacancy(_ identity: Identity, _ isFree: (Int) -> Bool) -> (slot: Int, owner: UInt64)? {
    let stretch = stretch(identity)
    if let empty = stretch.first(where: { word(0, of: $0).load() == 0 }) { return (empty, 0) }
    for slot in stretch {
      let owner = word(0, of: slot).load()
      if isFree(slot) { return (slot, owner) }
    }
    return nil
  }

  private func stretch(_ identity: Identity) -> some Sequence<Int> {
    let (count, start) = (count, Int(identity.word % UInt64(count)))
    return (0..<min(Self.longestProbe, count)).lazy.map { (start + $0) % count }
  }
}
