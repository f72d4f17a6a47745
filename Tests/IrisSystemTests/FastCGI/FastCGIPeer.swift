/// A FastCGI client written by hand (FastCGI specification §3 and §5): it can send what no front end would.
enum FastCGIPeer {
  static let (begin, endRequest, params, stdin, stdout): (UInt8, UInt8, UInt8, UInt8, UInt8) = (1, 3, 4, 5, 6)

  static func record(_ type: UInt8, _ content: [UInt8] = [], padding: Int = 0, id: UInt8 = 1) -> [UInt8] {
    [1, type, 0, id, UInt8(content.count >> 8), UInt8(content.count & 0xFF), UInt8(padding), 0] + content
      + [UInt8](repeating: 0xAA, count: padding)
  }

  /// FCGI_BEGIN_REQUEST as a responder.
  static func beginning(keepConnection: Bool = false) -> [UInt8] {
    record(begin, [0, 1, keepConnection ? 1 : 0, 0, 0, 0, 0, 0])
  }

  /// A name and its value: lengths in one byte up to 127, else in four (§3.4).
  static func pair(_ name: String, _ value: String) -> [UInt8] {
    func length(_ count: Int) -> [UInt8] {
      count < 128
        ? [UInt8(count)]
        : [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
    }
    return length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
  }

  /// A stream of records of at most so many bytes each, and its end.
  static func stream(_ type: UInt8, _ content: [UInt8], by size: Int = 65_535, padding: Int = 0) -> [UInt8] {
    var records: [UInt8] = []
    for start in stride(from: 0, to: content.count, by: size) {
      records += record(type, Array(content[start..<min(start + size, content.count)]), padding: padding)
    }
    return records + record(type)
  }

  static let variables = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/api/v1/chat"), ("EMPTY", "")]

  /// A whole request.
  static func request(
    _ variables: [(String, String)] = variables, body: [UInt8] = [], by size: Int = 65_535, padding: Int = 0,
    keepConnection: Bool = false
  ) -> [UInt8] {
    let pairs = (variables + [("CONTENT_LENGTH", String(body.count))]).flatMap { pair($0.0, $0.1) }
    return beginning(keepConnection: keepConnection) + stream(params, pairs, by: size, padding: padding)
      + stream(stdin, body, by: size, padding: padding)
  }

  /// An answer taken apart.
  struct Answer: Equatable, Sendable {
    var output: [UInt8] = []
    /// The content of FCGI_END_REQUEST; nil when it never came.
    var end: [UInt8]?
    /// Whether every record was whole and of a known type.
    var isSound = true
  }

  static func answer(_ bytes: [UInt8]) -> Answer {
    var answer = Answer()
    var rest = bytes[...]
    while rest.count >= 8 {
      let head = Array(rest.prefix(8))
      let length = Int(head[4]) << 8 | Int(head[5])
      let content = Array(rest.dropFirst(8).prefix(length))
      rest = rest.dropFirst(8 + length + Int(head[6]))
      switch head[1] {
      case stdout: answer.output += content
      case endRequest: answer.end = content
      default: answer.isSound = false
      }
      if content.count < length { answer.isSound = false }
    }
    if !rest.isEmpty { answer.isSound = false }
    return answer
  }
}

/// A listening unix socket whose connections are read as a worker reads them.
final class FastCGITestListener {
  let path: String
  let descriptor: Int32
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("pool.sock")
    descriptor = try LocalSocket.listen(unix: path)
  }

  deinit { LocalSocket.close(descriptor) }
}
