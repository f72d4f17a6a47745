/// What is charged to a user's day, as far as this host knows.
///
/// | bits | |
/// |---|---|
/// | 0–15 | the day's end |
/// | 16–29 | messages charged: as the database last said, and those that it was brought since |
/// | 30–43 | charged messages that wait in the spool |
/// | 44–57 | how many were brought to the database from there |
struct LocalCharges: Equatable, LocalDayWord {
  /// Counts stop here; a full count lets nothing more pass.
  static let most = 1 << 14 - 1

  /// Of the day, in seconds since 1970.
  private(set) var end: Int64
  private(set) var charged = 0
  private(set) var owed = 0
  private(set) var brought = 0

  init(_ word: UInt64, now: Int64, end: Int64) {
    self.end = end
    let found = LocalDay.end(in: word, now: now)
    guard found > now else { return }
    self.end = min(found, end)
    charged = LocalDay.bits(word, 16, 14)
    owed = LocalDay.bits(word, 30, 14)
    brought = LocalDay.bits(word, 44, 14)
  }

  var word: UInt64 {
    LocalDay.mark(end) | UInt64(charged) << 16 | UInt64(owed) << 30 | UInt64(brought) << 44
  }

  var isFull: Bool { max(charged, owed) >= Self.most }
  var used: Int { charged + owed }

  /// Takes over what the database said.
  /// - Parameter since: what `brought` was before it was asked; it may not have counted what came after.
  mutating func learn(_ used: Int, since: Int) {
    charged = min(Self.most, max(charged, used + max(0, brought - since)))
  }

  /// One is charged that the database will never hear of.
  mutating func lose() { charged = min(Self.most, charged + 1) }

  /// One more waits in the spool.
  mutating func owe() { owed = min(Self.most, owed + 1) }

  /// One of those that wait is in the database.
  mutating func bring() {
    charged = min(Self.most, charged + 1)
    owed = max(0, owed - 1)
    brought = min(Self.most, brought + 1)
  }
}
