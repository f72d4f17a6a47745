@testable import IrisFCGI

/// Takes the place of a client's connection: keeps what was sent, and leaves when told.
final class RecordingChannel: ResponseChannel {
  private(set) var parts: [String] = []
  /// So many parts are taken, then the client has left.
  var leavesAfter = Int.max

  func send(_ bytes: [UInt8]) -> Bool {
    guard parts.count < leavesAfter else { return false }
    parts.append(String(decoding: bytes, as: UTF8.self))
    return true
  }

  /// Everything before the body.
  var head: String { halves.first ?? "" }

  /// The stream's events in order: their name and the text of their data.
  var events: [(name: String, data: String)] {
    guard halves.count == 2 else { return [] }
    return halves[1].split(separator: "\n\n").compactMap { block in
      let lines = block.split(separator: "\n")
      guard lines.count == 2, lines[0].hasPrefix("event: "), lines[1].hasPrefix("data: ") else { return nil }
      return (String(lines[0].dropFirst(7)), String(lines[1].dropFirst(6)))
    }
  }

  private var halves: [String] {
    parts.joined().split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
  }
}
