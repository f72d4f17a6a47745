internal import CSystem

/// The signals that a command which runs on and on takes one by one, so that it leaves the terminal as it found it.
///
/// They are blocked and read from a descriptor (signalfd(2)), as a worker does it, for as long as this lives.
package final class CommandSignals {
  /// What ended a wait.
  package enum Wake: Equatable, Sendable {
    case time
    /// Somebody ends the command, with Ctrl-C or otherwise.
    case end
    /// Ctrl-Z.
    case pause
    /// The terminal has another size.
    case resized
  }

  private static let numbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH]

  private let descriptor: FileDescriptor
  private let previous: sigset_t

  /// - Returns: nil when the system gives no descriptor.
  package init?() {
    var held = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&held)
    for number in Self.numbers { unsafe sigaddset(&held, number) }
    let number = unsafe signalfd(-1, &held, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
    guard number >= 0 else { return nil }
    descriptor = FileDescriptor(owning: number)
    _ = unsafe pthread_sigmask(SIG_BLOCK, &held, &previous)
    self.previous = previous
  }

  deinit {
    var previous = previous
    _ = unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
  }

  /// Waits for a signal, for at most so long.
  package func wait(milliseconds: Int) -> Wake {
    var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    _ = retryingInterrupted { unsafe poll(&entry, 1, Int32(clamping: max(0, milliseconds))) }
    switch iris_next_signal(descriptor.number) {
    case 0: return .time
    case SIGTSTP: return .pause
    case SIGWINCH: return .resized
    default: return .end
    }
  }

  /// Stops this process until its shell lets it go on, as Ctrl-Z does.
  package func pauseProcess() { raise(SIGSTOP) }
}
