import IrisSystem
import Testing

struct ClockTests {
  @Test func `realtime is Unix time and both resolutions agree`() {
    let before = Clock.realtimeMilliseconds
    let precise = Clock.realtimeMicroseconds
    let after = Clock.realtimeMilliseconds
    #expect(before > 1_700_000_000_000)
    #expect((before...after).contains(precise / 1_000))
  }

  @Test func `the monotonic clock never goes back and counts microseconds`() {
    // Not compared with the wall clock, which may be set while this runs.
    let other = ContinuousClock.now
    let start = Clock.monotonicMicroseconds
    var last = start
    while last < start + 5_000 {
      let now = Clock.monotonicMicroseconds
      #expect(now >= last)
      last = now
    }
    #expect(other.duration(to: .now) >= .milliseconds(4.9))
  }
}
