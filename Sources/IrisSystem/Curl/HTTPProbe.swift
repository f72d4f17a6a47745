internal import CCurl
internal import CSystem

/// One look at a web server from outside, for `iris-fcgi check`: it tells all that a client can see, also what
/// `CurlClient`, which works for users, has no use for.
package enum HTTPProbe {
  package struct Request: Sendable {
    package var method: String
    /// Absolute; redirects are not followed.
    package var url: String
    /// Whole field lines; `Host` may name another host than the address does.
    package var headers: [String]
    package var body: [UInt8]
    /// `host:port` to connect to instead of the address's own: to ask one server for another's name.
    package var place: String?
    /// Whether a certificate that proves nothing ends it.
    package var verifiesCertificate: Bool
    /// Whether it ends once the connection and its TLS are there, with nothing sent.
    package var connectsOnly: Bool
    package var deadlineMilliseconds: Int

    package init(
      _ method: String = "GET", _ url: String, headers: [String] = [], body: [UInt8] = [], place: String? = nil,
      verifiesCertificate: Bool = true, connectsOnly: Bool = false, deadlineMilliseconds: Int = 5_000
    ) {
      self.method = method
      self.url = url
      self.headers = headers
      self.body = body
      self.place = place
      self.verifiesCertificate = verifiesCertificate
      self.connectsOnly = connectsOnly
      self.deadlineMilliseconds = deadlineMilliseconds
    }
  }

  /// A part of the body with the moment when it came, in microseconds of the monotonic clock.
  package struct Piece: Equatable, Sendable {
    package let at: Int64
    package let bytes: [UInt8]

    package init(at: Int64, bytes: [UInt8]) {
      self.at = at
      self.bytes = bytes
    }
  }

  package struct Reply: Sendable {
    /// 0 where only a connection was made.
    package var status: Int
    /// Header fields in their order, names in lower case.
    package var fields: [(name: String, value: String)]
    package var pieces: [Piece]
    /// When the server's certificate ends, in seconds since 1970; nil without TLS.
    package var certificateEnds: Int64?

    package init(
      status: Int, fields: [(name: String, value: String)] = [], pieces: [Piece] = [], certificateEnds: Int64? = nil
    ) {
      self.status = status
      self.fields = fields
      self.pieces = pieces
      self.certificateEnds = certificateEnds
    }

    package var body: [UInt8] { pieces.flatMap(\.bytes) }

    /// The values of a field, by its name in lower case.
    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
  }

  /// More than any answer that is asked for.
  private static let maximumBytes = 1 << 20
  private static let connectMilliseconds = 5_000

  /// Asks, and waits for the whole answer, the deadline or a signal that is held back.
  package static func perform(
    _ request: Request, authorities: String = CurlClient.authoritiesFolder
  ) throws(CurlError) -> Reply {
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let easy = unsafe curl_easy_init() else {
      throw .interrupted(code: -1)
    }
    defer { unsafe curl_easy_cleanup(easy) }
    let sink = PieceSink(limit: maximumBytes)
    var fields: UnsafeMutablePointer<curl_slist>?
    for header in request.headers { unsafe fields = curl_slist_append(fields, header) }
    // libcurl would wait a second for a server that does not know « Expect: 100-continue ».
    unsafe fields = curl_slist_append(fields, "Expect:")
    defer { unsafe curl_slist_free_all(fields) }
    let places = unsafe request.place.flatMap { unsafe curl_slist_append(nil, "::\($0)") }
    defer { unsafe curl_slist_free_all(places) }
    let code: CURLcode = unsafe request.body.withUnsafeBufferPointer { body in
      unsafe configure(easy, request, body: body, authorities: authorities)
      unsafe iris_curl_set_list(easy, CURLOPT_HTTPHEADER, fields)
      unsafe iris_curl_set_list(easy, CURLOPT_CONNECT_TO, places)
      unsafe iris_curl_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(sink).toOpaque())
      return withExtendedLifetime(sink) { unsafe curl_easy_perform(easy) }
    }
    if let failure = CurlClient.failure(of: code) { throw sink.isFull ? .tooLarge : failure }
    return unsafe reply(easy, sink.pieces)
  }

  private static func configure(
    _ easy: UnsafeMutableRawPointer, _ request: Request, body: UnsafeBufferPointer<UInt8>, authorities: String
  ) {
    unsafe iris_curl_set_string(easy, CURLOPT_URL, request.url)
    unsafe iris_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
    unsafe iris_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    // What a proxy of this host's environment would answer says nothing of the site.
    unsafe iris_curl_set_string(easy, CURLOPT_PROXY, "")
    unsafe iris_curl_set_string(easy, CURLOPT_CAINFO, nil)
    unsafe iris_curl_set_string(easy, CURLOPT_CAPATH, authorities)
    unsafe iris_curl_set_long(easy, CURLOPT_SSL_VERIFYPEER, request.verifiesCertificate ? 1 : 0)
    unsafe iris_curl_set_long(easy, CURLOPT_SSL_VERIFYHOST, request.verifiesCertificate ? 2 : 0)
    unsafe iris_curl_set_long(easy, CURLOPT_CERTINFO, 1)
    unsafe iris_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    // As in CurlClient: a name server that does not answer must not hold up the end.
    unsafe iris_curl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    unsafe iris_curl_set_long(easy, CURLOPT_CONNECT_ONLY, request.connectsOnly ? 1 : 0)
    unsafe iris_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, min(connectMilliseconds, request.deadlineMilliseconds))
    unsafe iris_curl_set_long(easy, CURLOPT_TIMEOUT_MS, request.deadlineMilliseconds)
    unsafe iris_curl_set_progress(easy) { _, _, _, _, _ in HeldSignals.isOneWaiting ? 1 : 0 }
    if request.method == "HEAD" { unsafe iris_curl_set_long(easy, CURLOPT_NOBODY, 1) }
    if !request.body.isEmpty {
      unsafe iris_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
      unsafe iris_curl_set_pointer(
        easy, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: UnsafeRawPointer(body.baseAddress)))
    }
    unsafe iris_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { data, size, count, sink in
      guard let data = unsafe data, let sink = unsafe sink else { return 0 }
      let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
      return unsafe Unmanaged<PieceSink>.fromOpaque(sink).takeUnretainedValue().take(bytes) ? bytes.count : 0
    }
  }

  private static func reply(_ easy: UnsafeMutableRawPointer, _ pieces: [Piece]) -> Reply {
    var status = 0
    unsafe iris_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    var fields: [(name: String, value: String)] = []
    var last: UnsafeMutablePointer<curl_header>?
    while let header = unsafe curl_easy_nextheader(easy, UInt32(CURLH_HEADER), -1, last) {
      unsafe fields.append(
        (String(cString: header.pointee.name).lowercased(), String(cString: header.pointee.value)))
      unsafe last = header
    }
    return Reply(status: status, fields: fields, pieces: pieces, certificateEnds: unsafe certificateEnds(easy))
  }

  private static func certificateEnds(_ easy: UnsafeMutableRawPointer) -> Int64? {
    guard let text = unsafe iris_curl_certificate(easy, "Expire date") else { return nil }
    let seconds = unsafe curl_getdate(text, nil)
    return seconds < 0 ? nil : Int64(seconds)
  }
}

/// The parts of a body as they come.
@safe private final class PieceSink {
  private(set) var pieces: [HTTPProbe.Piece] = []
  private(set) var isFull = false
  private var count = 0
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// - Returns: false to end the transfer.
  func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    count += bytes.count
    isFull = count > limit
    guard !isFull else { return false }
    unsafe pieces.append(HTTPProbe.Piece(at: Clock.monotonicMicroseconds, bytes: Array(bytes)))
    return true
  }
}
