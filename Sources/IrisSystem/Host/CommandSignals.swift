internal import CSystem

/// The signals that a command which runs on and on takes one by one, so that it leaves the terminal as it found it.
///
/// They are held back and read from a descriptor (signalfd(2)), as a worker does it, for as long as this lives.
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

  private let held = HeldSignals(CommandSignals.numbers)
  private let descriptor: FileDescriptor

  /// - Returns: nil when the system gives no descriptor.
  package init?() {
    guard let descriptor = held.descriptor(flags: Int32(SFD_NONBLOCK)) else { return nil }
    self.descriptor = descriptor
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
