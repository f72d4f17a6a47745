internal import CSystem

/// The signals that end a worker, read from a descriptor instead of a handler (signalfd(2)).
///
/// Blocked signals interrupt nothing: no read is cut short and none falls between a check and a wait, which is how
/// libfcgi's own handlers lose requests or spin. The worker sees the signal when it next asks.
package final class TerminationSignals {
  let descriptor: Int32

  /// Blocks SIGTERM, SIGINT and SIGUSR1 in this process and ignores SIGPIPE: a client that left is an error of write.
  package init?() {
    iris_ignore_signal(SIGPIPE)
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGUSR1] { unsafe sigaddset(&set, number) }
    unsafe sigprocmask(SIG_BLOCK, &set, nil)
    let descriptor = unsafe signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
