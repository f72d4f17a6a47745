import IrisSystem

/// A `text/event-stream` answer (WHATWG HTML §9.2): events as they happen, comments while nothing does.
///
/// Nothing is sent before the first event or the first comment, so that until then the request can still fail as any
/// other. One that broke because its client left takes further events and sends none.
final class EventStream {
  /// Silence after which a comment commits the answer, and the longest time between two comments: proxies and browsers
  /// give up on lines that are dead for longer.
  static let silenceMicroseconds: Int64 = 8_000_000

  private let channel: any ResponseChannel
  private let requestID: String
  private let fields: [Response.Field]
  private let now: () -> Int64
  private var lastSent: Int64
  /// Whether the status line went out.
  private(set) var isOpen = false
  /// Whether the client has left or does not read.
  private(set) var isBroken = false
  /// Bytes of the body so far.
  private(set) var byteCount = 0

  /// - Parameters:
  ///   - fields: of the answer, beside those that make it a stream.
  ///   - now: a monotonic clock in microseconds.
  init(
    channel: any ResponseChannel, requestID: String, fields: [Response.Field],
    now: @escaping () -> Int64 = { Clock.monotonicMicroseconds }
  ) {
    self.channel = channel
    self.requestID = requestID
    self.now = now
    lastSent = now()
    self.fields =
      [
        Response.Field(name: "Content-Type", value: "text/event-stream; charset=utf-8"),
        Response.Field(name: "Cache-Control", value: "no-store"),
        // nginx hands each part on as it comes.
        Response.Field(name: "X-Accel-Buffering", value: "no"),
      ] + fields
  }

  /// Sends one event. `JSONBytes` escapes line feeds, so the data is one line.
  /// - Returns: false when nobody reads any more.
  @discardableResult
  func send(_ event: String, _ data: some JSONWritable) -> Bool {
    var text = JSONBytes()
    text.raw("event: \(event)\ndata: ")
    data.write(to: &text)
    text.raw("\n\n")
    return put(text.bytes)
  }

  /// Sends a comment if nothing was sent for a while.
  /// - Returns: false when nobody reads any more.
  func keepAlive() -> Bool {
    guard now() - lastSent >= EventStream.silenceMicroseconds else { return !isBroken }
    return put(Array(": patience\n\n".utf8))
  }

  /// What the worker should know of an answer that went out already.
  var response: Response {
    var response = Response(status: 200)
    response.sentBytes = byteCount
    return response
  }

  private func put(_ bytes: [UInt8]) -> Bool {
    guard !isBroken else { return false }
    let head = isOpen ? [] : ResponseWriter.head(status: 200, fields: fields, requestID: requestID)
    isOpen = true
    lastSent = now()
    isBroken = !channel.send(head + bytes)
    byteCount += bytes.count
    return !isBroken
  }
}
