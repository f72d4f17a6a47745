/// Routes as numbers in shared words: a part of a fingerprint of their path. So workers of two releases with different
/// route tables, which serve beside each other during an upgrade, mean the same by them.
enum RouteMark {
  /// What a path is counted under that no route has.
  static let none = "none"
  /// What a reader calls a route that only another release has.
  static let other = "other"
  /// The bits that no mark uses: room for a status.
  static let room: UInt64 = 0x3FF

  private static let marks = Dictionary(
    Set(Route.table.map(\.path) + [none]).map { ($0, SharedSlots.Identity("route", $0).word & ~room) },
    uniquingKeysWith: { first, _ in first })
  private static let paths = Dictionary(marks.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
  private static let noMark = marks[none] ?? 0

  static func mark(of path: String) -> UInt64 { marks[path] ?? noMark }

  /// The path behind a mark, whatever its room holds.
  static func path(of mark: UInt64) -> String { paths[mark & ~room] ?? other }
}
