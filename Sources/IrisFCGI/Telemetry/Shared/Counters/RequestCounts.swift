/// Requests by route and status with their times, over all workers since the file was made.
struct RequestCounts: Sendable {
  static let wordCount = 28_672

  private let table: HistogramTable

  init(_ words: SharedWords) { table = HistogramTable(words) }

  struct Line: Equatable, Sendable {
    let route: String
    let status: String
    var times: Histogram
  }

  /// - Parameters:
  ///   - route: a path of the route table; anything else is counted as `RouteMark.none`.
  ///   - status: of HTTP, three digits.
  func count(route: String, status: Int, microseconds: Int64) {
    let identity = SharedSlots.Identity(word: RouteMark.mark(of: route) | UInt64(clamping: status) & RouteMark.room)
    table.time(microseconds, in: table.slot(of: identity))
  }

  /// What was counted, in the order of routes and statuses.
  var lines: [Line] {
    var lines: [String: Line] = [:]
    for (slot, identity) in table.slots {
      let times = table.histogram(in: slot)
      guard times.count > 0 else { continue }
      let route = identity.map { RouteMark.path(of: $0) } ?? RouteMark.other
      let status = identity.map { String($0 & RouteMark.room) } ?? RouteMark.other
      lines["\(route) \(status)", default: Line(route: route, status: status, times: Histogram())].times += times
    }
    return lines.values.sorted { ($0.route, $0.status) < ($1.route, $1.status) }
  }
}
