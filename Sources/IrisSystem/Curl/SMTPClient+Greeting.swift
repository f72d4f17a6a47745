internal import CCurl

extension SMTPClient {
  /// Greets a server, changes to TLS and says who we are, as far as a mail would need it; sends none
  /// (<https://curl.se/libcurl/c/CURLOPT_CONNECT_ONLY.html>).
  /// - Parameter greeting: the name by which we introduce ourselves: the sender's domain.
  package static func greet(
    _ server: SMTPServer, greeting: String, limits: Limits, authorities: String = CurlClient.authoritiesFolder
  ) throws(SMTPError) {
    guard let multi = unsafe curl_multi_init() else { throw .transport(.interrupted(code: -1)) }
    defer { unsafe curl_multi_cleanup(multi) }
    guard let easy = unsafe curl_easy_init() else { throw .transport(.interrupted(code: -1)) }
    defer { unsafe curl_easy_cleanup(easy) }
    unsafe configure(easy, server, greeting: greeting, limits: limits, authorities: authorities)
    unsafe iris_curl_set_long(easy, CURLOPT_CONNECT_ONLY, 1)
    guard let result = unsafe perform(easy, in: multi, while: { true }) else { throw .transport(.stopped) }
    var reply = 0
    unsafe iris_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &reply)
    if let failure = failure(of: result, reply: reply, hasSentText: false) { throw failure }
  }
}
