/// Histograms in shared words, one for each identity that something was timed under. To time is two atomic additions.
///
/// What comes when the table is full is counted in one histogram for all others, so that sums stay right.
struct HistogramTable: Sendable {
  /// Words of a slot: identity, sum, classes, and some for what else is counted under the same identity. Three cache
  /// lines, so that slots don't slow each other down.
  static let width = 24
  /// The first of the words that are left to the user.
  static let spare = firstClass + Histogram.classCount
  private static let sumOffset = 1
  private static let firstClass = 2

  private let table: SharedSlots

  /// - Parameter words: at least two slots' worth; the last one is that of all others.
  init(_ words: SharedWords) { table = SharedSlots(words, width: Self.width, reserved: 1) }

  /// The slot of all others.
  private var others: Int { table.count }

  /// The slot of this identity; that of all others where there is no room.
  func slot(of identity: SharedSlots.Identity) -> Int { table.claim(identity) ?? others }

  func time(_ microseconds: Int64, in slot: Int) {
    // The monotonic clock never goes back; the front end's may.
    let time = max(0, microseconds)
    table.word(Self.firstClass + Histogram.classIndex(of: time), of: slot).add(1)
    table.word(Self.sumOffset, of: slot).add(UInt64(time))
  }

  func word(_ offset: Int, of slot: Int) -> SharedWord { table.word(offset, of: slot) }

  /// Every slot that is in use, with its identity; nil: that of all others.
  var slots: [(slot: Int, identity: UInt64?)] {
    table.taken.map { ($0.slot, $0.identity.word) } + [(others, nil)]
  }

  func histogram(in slot: Int) -> Histogram {
    Histogram(
      counts: (0..<Histogram.classCount).map { table.word(Self.firstClass + $0, of: slot).load() },
      sum: table.word(Self.sumOffset, of: slot).load())
  }
}
