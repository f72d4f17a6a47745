/// One event of a stream of server-sent events.
struct ServerSentEvent: Equatable {
  /// The `event` field; nil where there was none.
  var name: String?
  /// The `data` fields, joined by line feeds.
  var data: [UInt8]
}

/// Reads a stream of server-sent events, wherever the network cut it (WHATWG HTML §9.2.5 and §9.2.6).
///
/// It works on bytes, so that a cut inside a character harms nobody, and differs from the standard in two places. The
/// end of the stream ends the last event too: some servers leave out the last blank line. And lines that are no field
/// of an event are kept: Google puts a bare JSON error after the events.
struct EventStreamParser {
  /// Most bytes of an event under way, its last line included. Real ones stay under 64 KiB, signatures of thoughts too.
  static let maximumEventBytes = 1 << 20

  /// The lines that belong to no event.
  private(set) var rest: [UInt8] = []
  private var bytes: [UInt8] = []
  /// Where the current line begins in `bytes`.
  private var start = 0
  /// Up to here the current line has no end.
  private var scanned = 0
  private var followsReturn = false
  private var isFirstLine = true
  private var isOver = false
  private var name: String?
  private var data: [UInt8]?

  /// Adds what arrived.
  mutating func feed(_ more: [UInt8]) {
    if start == bytes.count {
      bytes = more
    } else {
      bytes.removeFirst(start)
      bytes += more
    }
    scanned -= start
    start = 0
  }

  /// Says that nothing more will arrive: what is left counts as complete.
  mutating func end() { isOver = true }

  /// The next whole event; nil until more arrives.
  /// - Throws: `.tooLarge`.
  mutating func next() throws(ProviderFailure) -> ServerSentEvent? {
    while let line = nextLine() {
      try checkSize(adding: line.count)
      if let event = take(line) { return event }
    }
    try checkSize(adding: bytes.count - start)
    return isOver ? takeEvent() : nil
  }

  private func checkSize(adding count: Int) throws(ProviderFailure) {
    guard count + (data?.count ?? 0) + rest.count <= Self.maximumEventBytes else { throw .tooLarge }
  }

  /// The next line without its end, which is LF, CR or both.
  private mutating func nextLine() -> Range<Int>? {
    if followsReturn, start < bytes.count {
      if bytes[start] == UInt8(ascii: "\n") { start += 1 }
      scanned = max(scanned, start)
      followsReturn = false
    }
    while scanned < bytes.count {
      let byte = bytes[scanned]
      scanned += 1
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        followsReturn = byte == UInt8(ascii: "\r")
        defer { start = scanned }
        return withoutMark(start..<scanned - 1)
      }
    }
    guard isOver, start < bytes.count else { return nil }
    defer { start = bytes.count }
    return withoutMark(start..<bytes.count)
  }

  /// A byte order mark may stand before the first line.
  private mutating func withoutMark(_ line: Range<Int>) -> Range<Int> {
    guard isFirstLine else { return line }
    isFirstLine = false
    return bytes[line].starts(with: [0xEF, 0xBB, 0xBF]) ? line.lowerBound + 3..<line.upperBound : line
  }

  /// - Returns: the event that this line ends.
  private mutating func take(_ line: Range<Int>) -> ServerSentEvent? {
    guard !line.isEmpty else { return takeEvent() }
    let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")) ?? line.upperBound
    guard colon > line.lowerBound else { return nil }  // a comment
    var value = bytes[min(colon + 1, line.upperBound)..<line.upperBound]
    if value.first == UInt8(ascii: " ") { value.removeFirst() }
    let field = bytes[line.lowerBound..<colon]
    if field.elementsEqual("data".utf8) {
      if data != nil { data?.append(UInt8(ascii: "\n")) }
      data = (data ?? []) + value
    } else if field.elementsEqual("event".utf8) {
      name = String(decoding: value, as: UTF8.self)
    } else if !field.elementsEqual("id".utf8), !field.elementsEqual("retry".utf8) {
      rest += bytes[line]
      rest.append(UInt8(ascii: "\n"))
    }
    return nil
  }

  private mutating func takeEvent() -> ServerSentEvent? {
    defer { (name, data) = (nil, nil) }
    return data.map { ServerSentEvent(name: name, data: $0) }
  }
}
