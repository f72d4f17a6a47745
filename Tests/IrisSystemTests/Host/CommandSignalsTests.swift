import Glibc
import IrisSystem
import Testing

struct CommandSignalsTests {
  @Test(
    arguments: [
      (SIGINT, .end), (SIGTERM, .end), (SIGHUP, .end), (SIGQUIT, .end), (SIGTSTP, .pause), (SIGWINCH, .resized),
    ] as [(Int32, CommandSignals.Wake)])
  func `a signal ends a wait instead of the process`(number: Int32, wake: CommandSignals.Wake) throws {
    let signals = try #require(CommandSignals())
    // raise(3) means this thread alone, which holds it back.
    raise(number)
    #expect(signals.wait(milliseconds: 10_000) == wake)
    #expect(signals.wait(milliseconds: 0) == .time)
  }

  @Test func `without a signal the time passes`() throws {
    let signals = try #require(CommandSignals())
    let start = Clock.monotonicMicroseconds
    #expect(signals.wait(milliseconds: 20) == .time)
    #expect(Clock.monotonicMicroseconds - start >= 20_000)
    #expect(signals.wait(milliseconds: -5) == .time)
  }

  @Test func `afterwards signals are as before`() throws {
    func isBlocked() -> Bool {
      var mask = sigset_t()
      _ = unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
      return unsafe sigismember(&mask, SIGWINCH) == 1
    }
    let before = isBlocked()
    do {
      let signals = try #require(CommandSignals())
      #expect(isBlocked())
      withExtendedLifetime(signals) {}
    }
    #expect(isBlocked() == before)
  }
}
