internal import CCurl
internal import CSystem

/// A worker's HTTP client: one easy handle in one multi handle, both kept for the worker's life, so that the connection,
/// its TLS session and the resolver's cache serve the next request too.
///
/// It uses the multi interface although it does one transfer at a time: `curl_multi_poll` takes a further descriptor,
/// which is how a client that leaves ends the transfer (<https://curl.se/libcurl/c/curl_multi_poll.html>).
@safe package final class CurlClient {
  private let multi: UnsafeMutableRawPointer
  private let easy: UnsafeMutableRawPointer
  private let authorities: String

  /// The folder of hashed CA certificates. A folder is read per issuer, a bundle is parsed whole and costs each worker
  /// 0.7 MiB. The environment's SSL_CERT_DIR, OpenSSL's own name, comes first.
  package static var authoritiesFolder: String { HostProcess.environment["SSL_CERT_DIR"] ?? "/etc/ssl/certs" }

  /// - Returns: nil when libcurl has no memory for its handles.
  package init?(authorities: String = CurlClient.authoritiesFolder) {
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else { return nil }
    guard let multi = unsafe curl_multi_init() else { return nil }
    guard let easy = unsafe curl_easy_init() else {
      unsafe curl_multi_cleanup(multi)
      return nil
    }
    unsafe self.multi = multi
    unsafe self.easy = easy
    self.authorities = authorities
    unsafe iris_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 4)
  }

  deinit {
    unsafe curl_easy_cleanup(easy)
    unsafe curl_multi_cleanup(multi)
  }

  /// Asks, and waits for the whole reply.
  /// - Parameters:
  ///   - client: the FastCGI connection of the user for whom we ask; when it closes, the transfer ends.
  ///   - follower: takes part in the transfer while it runs. It must not use this client.
  package func perform(
    _ request: CurlRequest, limits: TransferLimits, watching client: Int32? = nil,
    following follower: TransferFollower? = nil
  ) throws(CurlError) -> CurlReply {
    // libcurl has one code for a scheme it may not use and for a server that answers something else than HTTP.
    guard request.isWebAddress else { throw .badURL }
    let sink = unsafe BodySink(limit: limits.maximumBytes, easy: easy, receive: follower?.receive)
    let failure: CurlError? = unsafe request.body.withUnsafeBufferPointer { body in
      unsafe configure(request, body: body, limits: limits, sink: sink)
      var fields: UnsafeMutablePointer<curl_slist>?
      for header in request.headers { unsafe fields = curl_slist_append(fields, header) }
      unsafe iris_curl_set_list(easy, CURLOPT_HTTPHEADER, fields)
      defer { unsafe curl_slist_free_all(fields) }
      return run(sink: sink, watching: client, following: follower)
    }
    if let failure { throw failure }
    return reply(body: sink.bytes)
  }

  private func configure(
    _ request: CurlRequest, body: UnsafeBufferPointer<UInt8>, limits: TransferLimits, sink: BodySink
  ) {
    unsafe curl_easy_reset(easy)
    unsafe iris_curl_set_string(easy, CURLOPT_URL, request.url)
    unsafe iris_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
    unsafe iris_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    unsafe iris_curl_set_string(easy, CURLOPT_CAINFO, nil)
    unsafe iris_curl_set_string(easy, CURLOPT_CAPATH, authorities)
    unsafe iris_curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    unsafe iris_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    // A name is looked up by a thread of libcurl's, for which the end of a transfer would wait: with a name server that does
    // not answer, for tens of seconds beyond every limit. So it is left to end by itself.
    unsafe iris_curl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    unsafe iris_curl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
    unsafe iris_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeoutMilliseconds)
    unsafe iris_curl_set_long(easy, CURLOPT_TIMEOUT_MS, limits.deadlineMilliseconds)
    if !request.body.isEmpty {
      unsafe iris_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
      unsafe iris_curl_set_pointer(
        easy, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: UnsafeRawPointer(body.baseAddress)))
    }
    unsafe iris_curl_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(sink).toOpaque())
    unsafe iris_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { data, size, count, sink in
      guard let data = unsafe data, let sink = unsafe sink else { return 0 }
      let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
      return unsafe Unmanaged<BodySink>.fromOpaque(sink).takeUnretainedValue().take(bytes) ? bytes.count : 0
    }
  }

  /// Drives the configured transfer to its end. What arrives at a wake goes to the sink at that wake.
  ///
  /// A transfer that is taken from the multi handle half-way closes its connection, in HTTP/2 only its stream, so nobody
  /// reads its rest.
  /// - Returns: nil when a whole reply arrived.
  private func run(sink: BodySink, watching client: Int32?, following follower: TransferFollower?) -> CurlError? {
    guard unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else { return .interrupted(code: -1) }
    defer { unsafe curl_multi_remove_handle(multi, easy) }
    var running: Int32 = 1
    while true {
      guard unsafe curl_multi_perform(multi, &running) == CURLM_OK else { return .interrupted(code: -1) }
      if running == 0 { return finish(sink: sink) }
      waitForEvent(watching: client, milliseconds: follower == nil ? 1_000 : CurlClient.followedMilliseconds)
      if let client, ClientConnection.hasLeft(client) { return .abandoned }
      if let follower, !follower.goesOn() { return .stopped }
    }
  }

  /// How long a follower waits at most until it is asked again.
  static let followedMilliseconds: Int32 = 250

  /// Sleeps until the transfer can go on, the client leaves, or the time is over.
  private func waitForEvent(watching client: Int32?, milliseconds: Int32) {
    if let client {
      // events = 0: with POLLIN, an unread byte of the request would make this loop spin; a close is always told.
      var extra = curl_waitfd(fd: client, events: 0, revents: 0)
      unsafe curl_multi_poll(multi, &extra, 1, milliseconds, nil)
    } else {
      unsafe curl_multi_poll(multi, nil, 0, milliseconds, nil)
    }
  }

  private func finish(sink: BodySink) -> CurlError? {
    var left: Int32 = 0
    guard let message = unsafe curl_multi_info_read(multi, &left) else { return .interrupted(code: -1) }
    let code = unsafe iris_curl_message_result(message)
    if code == CURLE_OPERATION_TIMEDOUT, !wasConnected { return .cannotConnect }
    return sink.refusal ?? CurlClient.failure(of: code)
  }

  /// Whether name, TCP and TLS came to their end, so that the request could go out.
  private var wasConnected: Bool {
    microseconds(CURLINFO_PRETRANSFER_TIME_T) > 0
  }

  static func failure(of code: CURLcode) -> CurlError? {
    switch code {
    case CURLE_OK: nil
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .cannotResolve
    case CURLE_COULDNT_CONNECT: .cannotConnect
    case CURLE_OPERATION_TIMEDOUT: .timedOut
    case CURLE_URL_MALFORMAT: .badURL
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      .tls
    default: .interrupted(code: Int32(bitPattern: code.rawValue))
    }
  }

  /// How long the parts of the last transfer took, whatever became of it.
  package var lastTransfer: TransferTimes {
    TransferTimes(
      connectMicroseconds: microseconds(CURLINFO_PRETRANSFER_TIME_T),
      firstByteMicroseconds: microseconds(CURLINFO_STARTTRANSFER_TIME_T))
  }

  private func microseconds(_ info: CURLINFO) -> Int64 {
    var value = 0
    unsafe iris_curl_get_size(easy, info, &value)
    return Int64(value)
  }

  private func reply(body: [UInt8]) -> CurlReply {
    var contentType: UnsafeMutablePointer<CChar>?
    unsafe iris_curl_get_string(easy, CURLINFO_CONTENT_TYPE, &contentType)
    var retryAfter = 0
    unsafe iris_curl_get_size(easy, CURLINFO_RETRY_AFTER, &retryAfter)
    return CurlReply(
      status: number(CURLINFO_RESPONSE_CODE),
      contentType: unsafe contentType.map { unsafe String(cString: $0) },
      body: body,
      retryAfterSeconds: retryAfter > 0 ? min(retryAfter, CurlReply.longestRetryAfterSeconds) : nil,
      reusedConnection: number(CURLINFO_NUM_CONNECTS) == 0,
      majorVersion: number(CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0) ? 2 : 1,
      date: date)
  }

  private var date: Int64? {
    guard let text = unsafe iris_curl_header(easy, "Date") else { return nil }
    let seconds = unsafe curl_getdate(text, nil)
    return seconds < 0 ? nil : Int64(seconds)
  }

  private func number(_ info: CURLINFO) -> Int {
    var value = 0
    unsafe iris_curl_get_long(easy, info, &value)
    return value
  }
}
