/// When a user's last requests were let through: ten moments, two to a word.
///
/// A moment is a count of tenths of a second, modulo 2^31, and a bit that says whether the database was not asked. One more
/// passes when one of the first moments, as many as the limit, is over: it takes that one's place by compare-exchange, so
/// no two requests ever take the same. A limit of more than ten is held to ten.
struct LocalMinute {
  static let words = 5
  private static let capacity = words * 2
  /// A minute and a tenth: a moment is rounded down.
  private static let life: UInt32 = 601
  private static let ownMark: UInt32 = 1 << 31

  private let word: (Int) -> SharedWord

  init(word: @escaping (Int) -> SharedWord) { self.word = word }

  /// Lets a request through without the database, if the limit has room.
  /// - Parameter now: milliseconds since 1970, here and below.
  func take(limit: Int, now: Int64) -> Bool {
    for index in 0..<min(limit, Self.capacity) {
      while true {
        let found = moment(index)
        guard age(found, now) == nil else { break }
        if replace(index, found, by: Self.tenths(now) | Self.ownMark) { return true }
      }
    }
    return false
  }

  /// Keeps the moment of a request that the database let through, in the place of the oldest.
  func note(now: Int64) {
    // Whoever loses the exchange that often meets a crowd of the same user's, which fills the list anyway.
    for _ in 0..<Self.capacity {
      let ages = (0..<Self.capacity).map { age(moment($0), now) ?? .max }
      let oldest = ages.indices.max { ages[$0] < ages[$1] || (ages[$0] == ages[$1] && $0 > $1) } ?? 0
      if replace(oldest, moment(oldest), by: Self.tenths(now)) { return }
    }
  }

  /// Requests of the last minute.
  /// - Parameter isOwn: only those that the database was not asked about.
  func count(now: Int64, isOwn: Bool = false) -> Int {
    (0..<Self.capacity).count { index in
      let moment = moment(index)
      return age(moment, now) != nil && (!isOwn || moment & Self.ownMark != 0)
    }
  }

  /// Seconds until the oldest counts no more; with room left, until one more place is free.
  func secondsToNext(limit: Int, now: Int64) -> Int {
    let ages = (0..<min(limit, Self.capacity)).compactMap { age(moment($0), now) }
    guard let oldest = ages.max() else { return 60 }
    return max(1, (Int(Self.life - oldest) + 9) / 10)
  }

  /// In tenths of a second; nil when it is over, or later than now, which a clock said before it was set back.
  private func age(_ moment: UInt32, _ now: Int64) -> UInt32? {
    let age = (Self.tenths(now) &- (moment & ~Self.ownMark)) & ~Self.ownMark
    return moment != 0 && age < Self.life ? age : nil
  }

  private static func tenths(_ now: Int64) -> UInt32 { UInt32(truncatingIfNeeded: now / 100) & ~ownMark }

  private func moment(_ index: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: word(index / 2).load() >> Self.shift(index))
  }

  private static func shift(_ index: Int) -> UInt64 { index % 2 == 0 ? 0 : 32 }

  /// - Returns: false when the moment, or its neighbour in the word, was changed meanwhile.
  private func replace(_ index: Int, _ found: UInt32, by moment: UInt32) -> Bool {
    let word = word(index / 2)
    let before = word.load()
    let shift = Self.shift(index)
    guard UInt32(truncatingIfNeeded: before >> shift) == found else { return false }
    return word.exchange(expected: before, desired: before & ~(0xFFFF_FFFF << shift) | UInt64(moment) << shift)
  }
}
