/// A user's chats under way, as far as this host knows.
///
/// | bits | |
/// |---|---|
/// | 0–15 | the day's end |
/// | 16–23, 32–47 | chats that the database knows: how many, and when the last of them lapses |
/// | 24–31, 48–63 | the same of those that it does not know |
///
/// Moments are in units of two seconds since 1970, modulo 2^16.
struct LocalPlaces: Equatable, LocalDayWord {
  /// Chats of one kind.
  struct Group: Equatable {
    static let most = 1 << 8 - 1
    private static let unit: Int64 = 2
    /// In units, 6 h 40 min; what seems to lapse later lapsed before the day began.
    private static let farthest: UInt16 = 12_000

    private(set) var count = 0
    /// Seconds since 1970. All lapse with the last one taken: a dead worker's may be held longer, never shorter.
    private(set) var lapse: Int64 = 0

    init() {}

    fileprivate init(count: Int, moment: Int, now: Int64) {
      let distance = UInt16(moment) &- UInt16(truncatingIfNeeded: now / Self.unit)
      guard count > 0, distance > 0, distance <= Self.farthest else { return }
      self.count = count
      lapse = (now / Self.unit + Int64(distance)) * Self.unit
    }

    /// One more, which lapses at that second, rounded up: never too early.
    mutating func add(lapse: Int64) {
      count = min(count + 1, Self.most)
      self.lapse = max(self.lapse, (lapse + Self.unit - 1) / Self.unit * Self.unit)
    }

    mutating func remove() { count = max(0, count - 1) }

    fileprivate var moment: UInt64 { UInt64(lapse / Self.unit) & 0xFFFF }
  }

  /// Of the day, in seconds since 1970.
  private(set) var end: Int64
  var known = Group()
  /// Whoever only asks and is refused holds nothing of these longer: a dead worker's lapse in their time.
  var own = Group()

  init(_ word: UInt64, now: Int64, end: Int64) {
    self.end = end
    let found = LocalDay.end(in: word, now: now)
    guard found > now else { return }
    self.end = min(found, end)
    known = Group(count: LocalDay.bits(word, 16, 8), moment: LocalDay.bits(word, 32, 16), now: now)
    own = Group(count: LocalDay.bits(word, 24, 8), moment: LocalDay.bits(word, 48, 16), now: now)
  }

  var word: UInt64 {
    LocalDay.mark(end) | UInt64(known.count) << 16 | UInt64(own.count) << 24 | known.moment << 32 | own.moment << 48
  }
}
