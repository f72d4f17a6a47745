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
    var last = Clock.monotonicMicroseconds
    let start = last
    let wall = Clock.realtimeMicroseconds
    while Clock.realtimeMicroseconds < wall + 5_000 {
      let now = Clock.monotonicMicroseconds
      #expect(now >= last)
      last = now
    }
    #expect((4_000...2_000_000).contains(last - start))
  }
}
