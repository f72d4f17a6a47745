internal import CSystem

/// The machine's two clocks, as plain integers: the domain takes time as a parameter and never asks for it itself.
///
/// Both come from the vDSO (clock_gettime(2)), so a reading costs some 25 ns and no system call.
package enum Clock {
  /// Unix time in milliseconds; jumps when the administrator or NTP sets the clock.
  package static var realtimeMilliseconds: Int64 {
    realtimeMicroseconds / 1_000
  }

  /// Unix time in microseconds, the resolution of PostgreSQL's `timestamptz`.
  package static var realtimeMicroseconds: Int64 {
    microseconds(of: CLOCK_REALTIME)
  }

  /// Microseconds since some fixed moment before this boot; never goes back, so it measures durations and deadlines.
  /// The same in all processes of one host, hence comparable through shared memory.
  package static var monotonicMicroseconds: Int64 {
    microseconds(of: CLOCK_MONOTONIC)
  }

  /// Waits at least so long, for what runs beside users and leaves them the machine; a worker never sleeps here.
  package static func sleep(microseconds: Int64) {
    var rest = timespec(
      tv_sec: time_t(max(0, microseconds) / 1_000_000), tv_nsec: Int(max(0, microseconds) % 1_000_000) * 1_000)
    // The time is a valid one, so only a signal that does not end the process cuts the sleep short (nanosleep(2)).
    var missing = timespec()
    while unsafe nanosleep(&rest, &missing) == -1 { rest = missing }
  }

  /// The two clocks asked for exist on every Linux, and a valid address is passed: clock_gettime cannot fail.
  private static func microseconds(of clock: clockid_t) -> Int64 {
    var reading = timespec()
    _ = unsafe clock_gettime(clock, &reading)
    return Int64(reading.tv_sec) * 1_000_000 + Int64(reading.tv_nsec) / 1_000
  }
}
