import IrisSystem

/// From CGI variables (RFC 3875 §4.1) and a body to a `Request`; the same for FastCGI and plain CGI.
enum RequestDecoder {
  /// The longest that a body may take to arrive; nginx has buffered it whole, so that it comes at once.
  static let bodyMilliseconds = 2_000
  /// A queue age beyond this is a step of the clock, not a wait: no front end waits for so long.
  static let longestQueueMilliseconds = 600_000

  /// - Parameters:
  ///   - variable: looks up a CGI variable.
  ///   - readBody: reads so many bytes.
  /// - Returns: nil when the variables that make a request are missing: a peer that was cut off.
  static func decode(
    variable: (String) -> String?, readBody: (Int) -> BodyRead, connection: Int32?,
    nowMilliseconds: Int64 = Clock.realtimeMilliseconds
  ) -> Request? {
    guard let method = variable("REQUEST_METHOD"), !method.isEmpty else { return nil }
    var request = Request(id: requestID(variable("REQUEST_ID")), method: method, path: path(variable))
    request.query = variable("QUERY_STRING") ?? ""
    request.authorization = variable("HTTP_AUTHORIZATION")
    request.accept = variable("HTTP_ACCEPT")
    request.acceptLanguage = variable("HTTP_ACCEPT_LANGUAGE")
    request.idempotencyKey = variable("HTTP_IDEMPOTENCY_KEY")
    request.contentType = variable("CONTENT_TYPE")
    request.userAgent = variable("HTTP_USER_AGENT")
    request.remoteAddress = variable("REMOTE_ADDR")
    request.isUnlimitedAddress = variable("UNLIMITED_ADDRESS") == "1"
    request.queueMilliseconds = queueAge(variable("REQUEST_START"), nowMilliseconds: nowMilliseconds)
    request.connection = connection
    addBody(to: &request, announced: variable("CONTENT_LENGTH"), readBody)
    return request
  }

  /// PATH_INFO, or SCRIPT_NAME where a front end maps the whole path to the script.
  private static func path(_ variable: (String) -> String?) -> String {
    if let path = variable("PATH_INFO"), !path.isEmpty { return path }
    return variable("SCRIPT_NAME") ?? "/"
  }

  private static func addBody(to request: inout Request, announced: String?, _ readBody: (Int) -> BodyRead) {
    guard let announced, !announced.isEmpty else { return }
    guard let length = Int(announced), length >= 0 else {
      request.body = .cut
      request.contentLength = 1
      return
    }
    request.contentLength = length
    guard length <= Route.largestBody else {
      request.body = .unread
      return
    }
    switch readBody(length) {
    case .complete(let bytes): request.body = .complete(bytes)
    case .cut: request.body = .cut
    }
  }

  /// The front end's id if it looks like one; it goes into a log line and an answer. Else one of our own.
  private static func requestID(_ given: String?) -> String {
    if let given, (8...64).contains(given.utf8.count),
      given.utf8.allSatisfy(isHexDigitOrHyphen)
    {
      return given
    }
    return (try? Hex.encode(Random.bytes(16))) ?? "unknown"
  }

  private static func isHexDigitOrHyphen(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Milliseconds since nginx's `$msec`, which is set once the body is buffered; nil when it cannot be told.
  private static func queueAge(_ start: String?, nowMilliseconds: Int64) -> Int? {
    guard let seconds = start.flatMap({ Double($0) }), seconds.isFinite, abs(seconds) < 1e12 else { return nil }
    let age = nowMilliseconds - Int64((seconds * 1_000).rounded())
    return age <= longestQueueMilliseconds ? Int(max(0, age)) : nil
  }
}
