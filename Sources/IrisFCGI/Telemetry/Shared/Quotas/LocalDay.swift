/// What one user used of a day, as far as this host knows, in one 64-bit word: it changes as a whole or not at all, so a
/// worker that is killed at any moment leaves no half of a change behind.
///
/// | bits | |
/// |---|---|
/// | 0–15 | the day's end, in quarters of an hour since 1970, modulo 2^16 (no time zone of today has a finer offset) |
/// | 16–29 | messages charged, as the database last said, and those that it was brought since |
/// | 30–37 | chats under way that the database knows |
/// | 38–45 | chats under way that it does not |
/// | 46–63 | when the last of them lapses, in seconds since 1970, modulo 2^18 |
struct LocalDay: Equatable, Sendable {
  static let quarter: Int64 = 900
  /// Counts stop here; a full count lets nothing more pass.
  static let mostCharged = 1 << 14 - 1
  static let mostUnderWay = 1 << 8 - 1

  /// Seconds since 1970.
  var end: Int64
  var charged = 0
  var known = 0
  var own = 0
  /// Seconds since 1970. All places lapse with the last one taken: a dead worker's may be held longer, never shorter.
  var lapse: Int64

  /// A day of which nothing was used.
  init(end: Int64, now: Int64) {
    self.end = end
    lapse = now
  }

  /// Reads a word; what is over is not there any more.
  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - end: of the present day; it is taken where the word's day is over, or ends later.
  init(_ word: UInt64, now: Int64, end: Int64) {
    self.init(end: end, now: now)
    let found = Self.end(in: word, now: now)
    guard found > now else { return }
    self.end = min(found, end)
    charged = Int(word >> 16 & 0x3FFF)
    // The shifts make the 18 bits a signed distance from now.
    let distance = Int64(bitPattern: (word >> 46 &- UInt64(bitPattern: now)) << 46) >> 46
    guard distance > 0 else { return }
    lapse = now + distance
    known = Int(word >> 30 & 0xFF)
    own = Int(word >> 38 & 0xFF)
  }

  /// The end of the day that a word's lowest 16 bits tell: the moment next to now that they fit.
  static func end(in word: UInt64, now: Int64) -> Int64 {
    let present = now / quarter
    let distance = Int16(truncatingIfNeeded: Int64(word & 0xFFFF) - present)
    return (present + Int64(distance)) * quarter
  }

  /// The end in the form of the lowest 16 bits, rounded up: never too early.
  static func mark(_ end: Int64) -> UInt64 { UInt64((end + quarter - 1) / quarter) & 0xFFFF }

  var word: UInt64 {
    Self.mark(end) | UInt64(min(charged, Self.mostCharged)) << 16 | UInt64(known) << 30 | UInt64(own) << 38
      | UInt64(bitPattern: lapse) << 46
  }
}
