import Testing

@testable import IrisFCGI

/// A stream of events as a browser reads it.
struct EventStreamTests {
  private let channel = RecordingChannel()
  private let clock = ManualClock()

  private func stream(fields: [Response.Field] = []) -> EventStream {
    EventStream(channel: channel, requestID: "r1", fields: fields) { [clock] in clock.milliseconds * 1_000 }
  }

  @Test func `nothing goes out before the first event`() {
    let stream = stream()
    #expect(stream.keepAlive() && channel.parts.isEmpty && !stream.isOpen)
  }

  @Test func `the first event brings the head of a stream that no proxy may hold back`() {
    let stream = stream(fields: [Response.Field(name: "RateLimit", value: "x")])
    #expect(stream.send("start", ["a": "é\n\"b\""] as JSONObject))
    #expect(channel.head.hasPrefix("Status: 200 OK\r\nX-Request-Id: r1\r\nContent-Type: text/event-stream"))
    for field in ["Cache-Control: no-store", "X-Accel-Buffering: no", "RateLimit: x"] {
      #expect(channel.head.contains(field), "\(field)")
    }
    #expect(!channel.head.contains("Content-Length"))
    #expect(channel.events.map(\.name) == ["start"] && channel.events[0].data == #"{"a":"é\n\"b\""}"#)
    #expect(stream.isOpen && stream.response.sentBytes == stream.byteCount)
  }

  @Test func `each event leaves at once, in a part of its own`() {
    let stream = stream()
    for piece in ["a", "b", "c"] { stream.send("delta", ["text": piece] as JSONObject) }
    #expect(channel.parts.count == 3 && channel.events.map(\.data) == ["a", "b", "c"].map { #"{"text":"\#($0)"}"# })
  }

  @Test func `after 8 s of silence a comment commits the answer, then one every 8 s`() {
    let stream = stream()
    var comments: [Int64] = []
    for tick in 0..<120 {
      clock.milliseconds += 250
      let before = channel.parts.count
      #expect(stream.keepAlive())
      if channel.parts.count > before { comments.append(Int64(tick + 1) * 250) }
    }
    #expect(comments == [8_000, 16_000, 24_000])
    #expect(channel.parts.dropFirst().allSatisfy { $0 == ": patience\n\n" } && channel.head.hasPrefix("Status: 200"))
  }

  @Test func `an event puts off the next comment`() {
    let stream = stream()
    clock.milliseconds += 7_900
    stream.send("delta", "a")
    clock.milliseconds += 7_900
    #expect(stream.keepAlive() && channel.parts.count == 1)
  }

  @Test func `a client that left is told once, and written to no more`() {
    let stream = stream()
    channel.leavesAfter = 1
    #expect(stream.send("delta", "a"))
    #expect(!stream.send("delta", "b") && stream.isBroken)
    channel.leavesAfter = .max
    clock.milliseconds += 20_000
    #expect(!stream.send("delta", "c") && !stream.keepAlive() && channel.parts.count == 1)
  }

  @Test(arguments: [
    ("text/event-stream", true), ("TEXT/Event-Stream;q=0.5", true), ("application/json, text/event-stream", true),
    ("text/event-stream; q=0", false), ("text/event-stream;q=0.0", false), ("*/*", false), ("text/*", false),
    ("application/json", false), ("", false), ("text/event-stream2", false), ("text/event-stream;charset=utf-8", true),
  ])
  func `a client gets a stream when it names the type`(accept: String, expected: Bool) {
    var request = Request(id: "r", method: "POST", path: "/")
    request.accept = accept
    #expect(request.acceptsEventStream == expected)
  }
}
