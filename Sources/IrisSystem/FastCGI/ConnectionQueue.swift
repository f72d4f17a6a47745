internal import CSystem

/// Where an idle worker waits: for a connection, for the signal to end, or for a bounded time.
///
/// EPOLLEXCLUSIVE lets one connection wake one idle worker, not the whole pool (epoll_ctl(2)).
package final class ConnectionQueue {
  /// What ended a wait.
  package enum Wake: Equatable, Sendable {
    /// An accepted connection, its read and write timeouts set.
    case connection(Int32)
    /// A signal asks the worker to end; nothing was accepted.
    case stop
    /// The time passed, or another worker was faster.
    case idle
  }

  private let socket: ListeningSocket
  private let signals: TerminationSignals
  private let epoll: Int32

  package init?(socket: ListeningSocket, signals: TerminationSignals) {
    let epoll = epoll_create1(O_CLOEXEC)
    guard epoll >= 0 else { return nil }
    self.socket = socket
    self.signals = signals
    self.epoll = epoll
    guard iris_epoll_watch(epoll, signals.descriptor, 0) == 0, iris_epoll_watch(epoll, socket.descriptor, 1) == 0
    else { return nil }
  }

  deinit { close(epoll) }

  /// Waits for at most `milliseconds`. A pending signal comes before a waiting connection, also under a load that never
  /// lets the worker sleep.
  package func next(timeoutMilliseconds milliseconds: Int) -> Wake {
    var (first, second): (Int32, Int32) = (-1, -1)
    unsafe iris_epoll_wait(epoll, Int32(clamping: milliseconds), &first, &second)
    if first == signals.descriptor || second == signals.descriptor { return .stop }
    guard first >= 0 else { return .idle }
    return socket.accept().map { .connection($0) } ?? .idle
  }

  /// The number of the socket, by which its queue can be asked for (`ListenQueue`).
  package var socketInode: UInt64 { socket.inode }

  /// Whether a connection is waiting that nobody has taken yet.
  package var hasWaiting: Bool {
    var entry = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, 0) > 0
  }
}
