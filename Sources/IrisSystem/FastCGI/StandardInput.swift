internal import CSystem

/// The body of a CGI request.
package enum StandardInput {
  /// Reads exactly `length` bytes (RFC 3875 §4.2: a script must not read more), waiting at most 5 s for each part.
  package static func read(length: Int) -> BodyRead {
    var body: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while body.count < length {
      var entry = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&entry, 1, 5_000) > 0 else { return .cut }
      let count = unsafe CSystem.read(0, &chunk, min(chunk.count, length - body.count))
      guard count > 0 else { return .cut }
      body.append(contentsOf: chunk.prefix(count))
    }
    return .complete(body)
  }
}
