internal import CCurl

/// Hands mails to a server (<https://curl.se/libcurl/c/smtp-tls.html>).
///
/// Each gets a handle of its own, which goes with it: mails are rare, and no connection is left open for a worker's life.
package enum SMTPClient {
  /// How long the server may take. The first bounds connecting, the second all until the text is accepted; half of it bounds
  /// each single reply, and so also the goodbye, which libcurl waits for beyond every other limit.
  package struct Limits: Sendable {
    let connectMilliseconds: Int
    let totalMilliseconds: Int

    package init(connectMilliseconds: Int, totalMilliseconds: Int) {
      self.connectMilliseconds = connectMilliseconds
      self.totalMilliseconds = totalMilliseconds
    }

    /// Whole seconds, as libcurl has them.
    var replySeconds: Int { max(1, totalMilliseconds / 2_000) }
  }

  /// Sends one mail, and returns once the server answers for it.
  /// - Parameters:
  ///   - authorities: folder of hashed CA certificates, as `CurlClient` has it.
  ///   - goesOn: asked at every wake, and at least every 250 ms; false ends it all. The mail may have been taken then.
  package static func send(
    _ mail: SMTPMail, to server: SMTPServer, limits: Limits, authorities: String = CurlClient.authoritiesFolder,
    while goesOn: () -> Bool = { true }
  ) throws(SMTPError) {
    guard let multi = unsafe curl_multi_init() else { throw .transport(.interrupted(code: -1)) }
    defer { unsafe curl_multi_cleanup(multi) }
    guard let easy = unsafe curl_easy_init() else { throw .transport(.interrupted(code: -1)) }
    defer { unsafe curl_easy_cleanup(easy) }
    let source = MailSource(mail.message)
    unsafe configure(easy, server, greeting: mail.greeting, limits: limits, authorities: authorities)
    unsafe prepare(easy, toSend: mail)
    let recipients = unsafe curl_slist_append(nil, mail.recipient)
    defer { unsafe curl_slist_free_all(recipients) }
    unsafe iris_curl_set_list(easy, CURLOPT_MAIL_RCPT, recipients)
    unsafe iris_curl_set_pointer(easy, CURLOPT_READDATA, Unmanaged.passUnretained(source).toOpaque())
    let result = withExtendedLifetime(source) { unsafe perform(easy, in: multi, while: goesOn) }
    guard let result else { throw .transport(.stopped) }
    var reply = 0
    unsafe iris_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &reply)
    if let failure = failure(of: result, reply: reply, hasSentText: source.wasRead) { throw failure }
  }

  /// - Returns: nil when it was stopped.
  static func perform(
    _ easy: UnsafeMutableRawPointer, in multi: UnsafeMutableRawPointer, while goesOn: () -> Bool
  ) -> CURLcode? {
    guard unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else { return CURLE_FAILED_INIT }
    defer { unsafe curl_multi_remove_handle(multi, easy) }
    var running: Int32 = 1
    while true {
      guard unsafe curl_multi_perform(multi, &running) == CURLM_OK else { return CURLE_FAILED_INIT }
      if running == 0 {
        guard let message = unsafe curl_multi_info_read(multi, &running) else { return CURLE_FAILED_INIT }
        return unsafe iris_curl_message_result(message)
      }
      unsafe curl_multi_poll(multi, nil, 0, CurlClient.followedMilliseconds, nil)
      guard goesOn() else {
        unsafe breakOff(easy, in: multi)
        return nil
      }
    }
  }

  /// Ends a transfer by its time limit, upon which libcurl hangs up. A handle that is taken away half-way it thinks has sent
  /// its text: it ends that with a dot, and half a mail would be delivered.
  private static func breakOff(_ easy: UnsafeMutableRawPointer, in multi: UnsafeMutableRawPointer) {
    unsafe iris_curl_set_long(easy, CURLOPT_TIMEOUT_MS, 1)
    var running: Int32 = 1
    while running > 0, unsafe curl_multi_perform(multi, &running) == CURLM_OK {
      if running > 0 { unsafe curl_multi_poll(multi, nil, 0, 1, nil) }
    }
  }

  /// Whom to ask, and for how long.
  static func configure(
    _ easy: UnsafeMutableRawPointer, _ server: SMTPServer, greeting: String, limits: Limits, authorities: String
  ) {
    unsafe iris_curl_set_string(easy, CURLOPT_URL, server.url(greeting: greeting))
    unsafe iris_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    unsafe iris_curl_set_string(easy, CURLOPT_PROXY, "")
    unsafe iris_curl_set_long(
      easy, CURLOPT_USE_SSL, Int((server.demandsTLS ? CURLUSESSL_ALL : CURLUSESSL_TRY).rawValue))
    unsafe iris_curl_set_long(easy, CURLOPT_SSL_VERIFYPEER, server.demandsTLS ? 1 : 0)
    unsafe iris_curl_set_long(easy, CURLOPT_SSL_VERIFYHOST, server.demandsTLS ? 2 : 0)
    unsafe iris_curl_set_string(easy, CURLOPT_CAINFO, nil)
    unsafe iris_curl_set_string(easy, CURLOPT_CAPATH, authorities)
    unsafe iris_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    // As in CurlClient: a name server that does not answer must not hold up the end.
    unsafe iris_curl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    // Ended with the transfer, so that its limits hold for the goodbye as well.
    unsafe iris_curl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
    unsafe iris_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, limits.connectMilliseconds)
    unsafe iris_curl_set_long(easy, CURLOPT_TIMEOUT_MS, limits.totalMilliseconds)
    unsafe iris_curl_set_long(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, limits.replySeconds)
  }

  private static func prepare(_ easy: UnsafeMutableRawPointer, toSend mail: SMTPMail) {
    unsafe iris_curl_set_string(easy, CURLOPT_MAIL_FROM, mail.sender)
    unsafe iris_curl_set_long(easy, CURLOPT_UPLOAD, 1)
    unsafe iris_curl_set_callback(easy, CURLOPT_READFUNCTION) { buffer, size, count, source in
      guard let buffer = unsafe buffer, let source = unsafe source else { return 0 }
      let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
      return unsafe Unmanaged<MailSource>.fromOpaque(source).takeUnretainedValue().fill(room)
    }
  }

  /// Replies by which a server says that it wants to know us first, or better (RFC 4954 §6).
  private static let authenticationReplies = [530, 534, 535, 538]

  static func failure(of result: CURLcode, reply: Int, hasSentText: Bool) -> SMTPError? {
    switch result {
    case CURLE_OK: nil
    case CURLE_USE_SSL_FAILED: .noTLS
    case CURLE_LOGIN_DENIED, CURLE_REMOTE_ACCESS_DENIED: .denied(reply: reply)
    // A reply that is no welcome is « weird » to libcurl, and so is one that does not accept the text.
    case CURLE_WEIRD_SERVER_REPLY where !hasSentText: .denied(reply: reply)
    case CURLE_SEND_ERROR, CURLE_WEIRD_SERVER_REPLY:
      switch reply {
      case 421: .denied(reply: reply)
      case 400..<500: .postponed(reply: reply)
      case _ where authenticationReplies.contains(reply): .denied(reply: reply)
      case 500..<600: .refused(reply: reply)
      default: .transport(.interrupted(code: Int32(bitPattern: result.rawValue)))
      }
    default: .transport(CurlClient.failure(of: result) ?? .interrupted(code: -1))
    }
  }
}

/// The bytes of a message as libcurl fetches them.
@safe private final class MailSource {
  private let bytes: [UInt8]
  private var position = 0
  /// Whether libcurl came as far as the text.
  private(set) var wasRead = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// - Returns: how many bytes were put there; 0 at the end.
  func fill(_ room: UnsafeMutableRawBufferPointer) -> Int {
    wasRead = true
    let count = min(room.count, bytes.count - position)
    unsafe room.copyBytes(from: bytes[position..<position + count])
    position += count
    return count
  }
}
