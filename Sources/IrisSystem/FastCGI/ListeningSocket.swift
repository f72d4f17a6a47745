internal import CSystem

/// The listening socket that a process manager handed to this process, shared with the other workers of its pool.
package final class ListeningSocket {
  let descriptor: Int32

  /// Seconds for which one read or write of an accepted connection may stall.
  package static let stallSeconds = 1

  private init(descriptor: Int32) {
    self.descriptor = descriptor
    // A connection that another worker took first must not block this one. The flag is shared by all of them.
    iris_add_flags(descriptor, O_NONBLOCK)
  }

  /// Finds the socket: systemd's descriptor 3 (sd_listen_fds(3)) first, then descriptor 0, as the FastCGI specification
  /// has it (§2.2). The order matters: descriptor 0 may be /dev/null or anything else under systemd.
  package static func inherited(environment: [String: String]) -> ListeningSocket? {
    if let count = environment["LISTEN_FDS"].flatMap({ Int($0) }), count >= 1,
      environment["LISTEN_PID"].flatMap({ Int32($0) }) == getpid(), isListening(3)
    {
      return ListeningSocket(descriptor: 3)
    }
    return isListening(0) ? ListeningSocket(descriptor: 0) : nil
  }

  private static func isListening(_ descriptor: Int32) -> Bool {
    var listening: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening == 1
  }

  /// Takes a waiting connection.
  /// - Returns: nil when there is none any more, or the system cannot give a descriptor now.
  func accept() -> Int32? {
    let connection = iris_accept(descriptor)
    guard connection >= 0 else { return nil }
    ClientConnection.setTimeouts(connection, seconds: ListeningSocket.stallSeconds)
    return connection
  }
}
