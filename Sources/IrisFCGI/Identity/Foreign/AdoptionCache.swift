import IrisDomain
import IrisSystem

/// Which account and session the tokens that a worker saw lately stand for, so that only its first sight of one costs a
/// round trip more.
///
/// It decides nothing: every request asks the database whether that session of that account lives. So an account that was
/// erased and made anew is reached by a newer token only, whose payload is another key.
struct AdoptionCache {
  /// Entries; each takes some 300 bytes.
  static let capacity = 256
  /// After so long a token is looked at again, which also notes that its session is in use.
  static let lifeMicroseconds: Int64 = 300_000_000

  struct Adopted: Equatable {
    let account: String
    let session: String
    let tier: Tier
  }

  private var entries: [[UInt8]: (adopted: Adopted, until: Int64)] = [:]
  /// The keys in the order in which they came, as a ring.
  private var ring: [[UInt8]] = []
  private var oldest = 0

  /// - Parameter now: microseconds of the monotonic clock.
  func find(_ payloadHash: [UInt8], now: Int64) -> Adopted? {
    guard let entry = entries[payloadHash], now < entry.until else { return nil }
    return entry.adopted
  }

  /// Keeps one, in the place of the oldest where there is no room.
  mutating func insert(_ adopted: Adopted, for payloadHash: [UInt8], now: Int64) {
    if entries.updateValue((adopted, now + AdoptionCache.lifeMicroseconds), forKey: payloadHash) != nil { return }
    guard ring.count == AdoptionCache.capacity else {
      ring.append(payloadHash)
      return
    }
    entries[ring[oldest]] = nil
    ring[oldest] = payloadHash
    oldest = (oldest + 1) % AdoptionCache.capacity
  }
}
