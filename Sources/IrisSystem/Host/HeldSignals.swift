internal import CSystem

/// Holds back signals for as long as it lives, while something is in a state that must not stay: they wait, and act afterwards.
///
/// For commands, which have one thread: signals sent to a process can act on any thread that does not hold them.
@safe package final class HeldSignals {
  private let held: sigset_t
  private let previous: sigset_t

  /// Those by which somebody ends a command: Ctrl-C, the end of the terminal, a request to end.
  package convenience init() { self.init([SIGINT, SIGHUP, SIGTERM]) }

  init(_ numbers: [Int32]) {
    var held = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&held)
    for number in numbers { unsafe sigaddset(&held, number) }
    _ = unsafe pthread_sigmask(SIG_BLOCK, &held, &previous)
    self.held = held
    self.previous = previous
  }

  deinit {
    var previous = previous
    _ = unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
  }

  /// Where they can be read (signalfd(2)); nil when the system gives no descriptor.
  func descriptor(flags: Int32 = 0) -> FileDescriptor? {
    var held = held
    let number = unsafe signalfd(-1, &held, Int32(SFD_CLOEXEC) | flags)
    return number >= 0 ? FileDescriptor(owning: number) : nil
  }

  /// Whether a signal has come that somebody holds back: the time to tidy up.
  package static var isOneWaiting: Bool {
    var waiting = sigset_t()
    guard unsafe sigpending(&waiting) == 0 else { return false }
    return [SIGINT, SIGHUP, SIGTERM].contains { unsafe sigismember(&waiting, $0) == 1 }
  }
}
