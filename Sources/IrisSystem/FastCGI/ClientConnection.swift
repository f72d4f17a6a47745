internal import CSystem

/// Questions about the connection that a front end holds open for one request.
package enum ClientConnection {
  /// Whether the other side has closed its half. nginx never sends FCGI_ABORT_REQUEST: it closes.
  package static func hasLeft(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(iris_pollrdhup), revents: 0)
    guard unsafe poll(&entry, 1, 0) > 0 else { return false }
    let gone = Int16(iris_pollrdhup) | Int16(POLLHUP) | Int16(POLLERR) | Int16(POLLNVAL)
    return entry.revents & gone != 0
  }

  /// Lets time pass, but no longer than the other side stays.
  /// - Parameter descriptor: nil: nobody can leave.
  /// - Returns: whether it has closed its half.
  package static func leaves(_ descriptor: Int32?, within milliseconds: Int) -> Bool {
    let end = Clock.monotonicMicroseconds + Int64(milliseconds) * 1_000
    // poll(2) passes over negative descriptors.
    var entry = pollfd(fd: descriptor ?? -1, events: Int16(iris_pollrdhup), revents: 0)
    while true {
      // Rounded up, so that the last millisecond is not spun away.
      let left = (end - Clock.monotonicMicroseconds + 999) / 1_000
      if unsafe poll(&entry, 1, Int32(clamping: max(0, left))) > 0 { return true }
      if left <= 0 { return false }
    }
  }

  /// Closes a connection whose answer is out. A peer that still sends its body gets a moment to read the answer first:
  /// closing at once would turn it into a broken pipe there (a 502 of nginx). One that never stops gets 300 ms in all.
  static func closeGently(_ descriptor: Int32) {
    let end = Clock.monotonicMicroseconds + 300_000
    if shutdown(descriptor, Int32(SHUT_WR)) == 0 {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      while Clock.monotonicMicroseconds < end, unsafe poll(&entry, 1, 100) > 0 {
        // Thrown away, so a buffer on the stack will do; most often there is just the end to read.
        let count = unsafe withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { trash in
          unsafe read(descriptor, trash.baseAddress, trash.count)
        }
        guard count > 0 else { break }
      }
    }
    close(descriptor)
  }

  /// Ends a connection so that the front end knows of it: with a record of version 0, which the FastCGI specification
  /// (§3.3) has not. A mere end nginx takes for the answer's, if the connection was to serve one request only. The descriptor
  /// stays open.
  static func breakOff(_ descriptor: Int32) {
    let record = [UInt8](repeating: 0, count: 8)
    _ = unsafe record.withUnsafeBytes { bytes in
      unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Bounds every read and write of a connection; sockets of the unix family don't inherit this from their listener.
  static func setTimeouts(_ descriptor: Int32, seconds: Int) {
    var bound = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &bound, size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &bound, size)
  }
}
