internal import CSystem

/// How full the queue of a listening unix socket is: connections that no worker has taken yet.
///
/// The kernel tells it by netlink (sock_diag(7)) to any process of the socket's network namespace that may use
/// `AF_NETLINK`, which `RestrictAddressFamilies=` has to name. It is a system call of some microseconds, and never waits.
package struct ListenQueue: Equatable, Sendable {
  /// Connections that wait.
  package let waiting: Int
  /// How many may wait, as listen(2) was told; one more than these do, and the next are refused (EAGAIN, a 502 of nginx).
  package let backlog: Int

  package init(waiting: Int, backlog: Int) {
    self.waiting = waiting
    self.backlog = backlog
  }

  /// Asks the kernel.
  /// - Parameter inode: the socket's, as `ListeningSocket.inode` has it.
  /// - Returns: nil where there is no such socket, it does not listen, is not of the unix family, or nobody may ask.
  package init?(socket inode: UInt64) {
    var (waiting, backlog): (UInt32, UInt32) = (0, 0)
    // The protocol has 32 bits for an inode, and the kernel gives sockets no greater ones.
    guard let number = UInt32(exactly: inode), number > 0,
      unsafe iris_listen_queue(number, &waiting, &backlog) == 0
    else { return nil }
    self.init(waiting: Int(waiting), backlog: Int(backlog))
  }
}

extension ListeningSocket {
  /// The socket's number, the same in all processes that share it; 0 if the kernel does not say.
  package var inode: UInt64 {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : 0
  }
}
