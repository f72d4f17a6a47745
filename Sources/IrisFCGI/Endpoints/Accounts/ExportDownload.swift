import IrisSystem

/// An export on its way out. One part, as nearly everybody's is, becomes an ordinary answer; of many only one is held at a
/// time, and the front end buffers them, so that neither the export's length nor a slow client costs a worker memory.
final class ExportDownload {
  private let channel: (any ResponseChannel)?
  private let requestID: String
  private let fields: [Response.Field]
  /// What is still to be sent.
  private var body: [UInt8] = []
  /// Bytes of the body that went out.
  private var sentBytes = 0
  /// Whether the status line went out.
  private(set) var hasBegun = false

  init(_ call: Call) {
    channel = call.channel
    requestID = call.request.id
    let date = Timestamp.rfc3339(microseconds: Clock.realtimeMilliseconds * 1_000).prefix(10)
    fields = [
      Response.Field(name: "Content-Type", value: "application/json"),
      Response.Field(name: "Content-Disposition", value: "attachment; filename=\"iris-export-\(date).json\""),
    ]
  }

  /// - Returns: false when the client has left or does not read.
  func take(_ part: String, isLast: Bool) -> Bool {
    guard let channel, hasBegun || !isLast else {
      // One part only, or nowhere to send parts to.
      body.append(contentsOf: part.utf8)
      return true
    }
    var bytes: [UInt8] = []
    if !hasBegun {
      let all = fields + [Response.Field(name: "Cache-Control", value: "no-store")]
      bytes = ResponseWriter.head(status: 200, fields: all, requestID: requestID, bodyCount: part.utf8.count)
      hasBegun = true
    }
    bytes.append(contentsOf: part.utf8)
    sentBytes += part.utf8.count
    return channel.send(bytes)
  }

  var response: Response {
    guard hasBegun else { return Response(status: 200, fields: fields, body: body) }
    var response = Response(status: 200)
    response.sentBytes = sentBytes
    return response
  }

  /// The answer of which the rest never comes.
  var brokenOff: Response {
    var response = response
    response.isBrokenOff = true
    return response
  }
}
