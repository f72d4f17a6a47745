/// One HTTP request for `CurlClient`.
package struct CurlRequest: Sendable {
  package var method: String
  /// Absolute; only `http` and `https` are followed, and redirects never are.
  package var url: String
  /// Whole field lines, `Name: value`.
  package var headers: [String]
  package var body: [UInt8]

  var isWebAddress: Bool {
    let scheme = url.prefix { $0 != ":" }.lowercased()
    return scheme == "http" || scheme == "https"
  }

  package init(method: String, url: String, headers: [String] = [], body: [UInt8] = []) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// What the server answered, whatever its status.
package struct CurlReply: Sendable {
  package var status: Int
  package var contentType: String?
  package var body: [UInt8]
  /// `Retry-After` in seconds, from either of its two forms (CURLINFO_RETRY_AFTER), at most a week; nil when absent.
  package var retryAfterSeconds: Int?
  /// Whether the transfer went over a connection that an earlier one had opened.
  package var reusedConnection: Bool
  /// 2 for HTTP/2, 1 for HTTP/1.x.
  package var majorVersion: Int
  /// The server's clock (RFC 9110 §6.6.1), in seconds since 1970; nil when it did not say.
  package var date: Int64?

  /// libcurl takes any number of 63 bits, with which nobody wants to count on.
  static let longestRetryAfterSeconds = 7 * 86_400

  package init(
    status: Int, contentType: String? = nil, body: [UInt8] = [], retryAfterSeconds: Int? = nil,
    reusedConnection: Bool = false, majorVersion: Int = 1, date: Int64? = nil
  ) {
    self.status = status
    self.contentType = contentType
    self.body = body
    self.retryAfterSeconds = retryAfterSeconds
    self.reusedConnection = reusedConnection
    self.majorVersion = majorVersion
    self.date = date
  }
}

/// The bounds of one transfer.
package struct TransferLimits: Sendable {
  package var connectTimeoutMilliseconds: Int
  /// From the start of the transfer to its last byte, connecting included.
  package var deadlineMilliseconds: Int
  package var maximumBytes: Int

  package init(connectTimeoutMilliseconds: Int, deadlineMilliseconds: Int, maximumBytes: Int) {
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.deadlineMilliseconds = deadlineMilliseconds
    self.maximumBytes = maximumBytes
  }
}

/// Someone who follows a transfer while it runs: a stream that is read as it comes, or a wait that must show signs of life.
package struct TransferFollower {
  /// Takes the body's bytes as they arrive, if the reply's status is 200 to 299; they are not kept then. Bodies of other
  /// statuses gather as usual. False ends the transfer with `.stopped`.
  package var receive: (([UInt8]) -> Bool)?
  /// Asked at every wake, and at least every 250 ms. False ends the transfer with `.stopped`.
  package var goesOn: () -> Bool

  package init(receive: (([UInt8]) -> Bool)? = nil, goesOn: @escaping () -> Bool = { true }) {
    self.receive = receive
    self.goesOn = goesOn
  }
}

/// Why a transfer gave no reply. The codes are those of <https://curl.se/libcurl/c/libcurl-errors.html>.
package enum CurlError: Error, Equatable, Sendable {
  case cannotResolve
  /// Nobody accepted the connection, or not in time, its name and TLS included.
  case cannotConnect
  /// The handshake failed or the certificate does not prove the host.
  case tls
  /// The reply did not come in time.
  case timedOut
  /// The client on whose behalf we asked has left; the transfer was ended.
  case abandoned
  /// The follower ended the transfer, and knows why.
  case stopped
  /// The reply passed `maximumBytes`.
  case tooLarge
  /// The URL is not one that libcurl can ask.
  case badURL
  /// The connection broke; `code` is the CURLcode.
  case interrupted(code: Int32)
}

/// When the parts of a transfer were over, in microseconds from its beginning; 0: it did not come so far.
package struct TransferTimes: Equatable, Sendable {
  /// The request could go out: name, TCP and TLS were there, at once on a kept connection.
  package var connectMicroseconds: Int64 = 0
  /// The first byte of the reply came.
  package var firstByteMicroseconds: Int64 = 0

  package init(connectMicroseconds: Int64 = 0, firstByteMicroseconds: Int64 = 0) {
    self.connectMicroseconds = connectMicroseconds
    self.firstByteMicroseconds = firstByteMicroseconds
  }
}
