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

  /// Bounds every read and write of a connection; sockets of the unix family don't inherit this from their listener.
  static func setTimeouts(_ descriptor: Int32, seconds: Int) {
    var bound = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &bound, size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &bound, size)
  }
}
