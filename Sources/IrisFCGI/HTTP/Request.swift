import IrisDomain

/// One HTTP request as the front end handed it over, body included: a value, so that every route can be tried in memory.
struct Request: Sendable {
  /// What came of the body.
  enum Body: Equatable, Sendable {
    case complete([UInt8])
    /// It ended before CONTENT_LENGTH bytes.
    case cut
    /// CONTENT_LENGTH is over every route's limit, so it was not read.
    case unread
  }

  /// nginx's `$request_id`, or one of our own: the key between answer, log and `iris_errors`.
  var id: String
  var method: String
  /// Decoded and normalised by the front end; begins with `/`.
  var path: String
  var query = ""
  var authorization: String?
  var accept: String?
  var acceptLanguage: String?
  var idempotencyKey: String?
  var contentType: String?
  var userAgent: String?
  /// The client's address as the front end saw it (REMOTE_ADDR); nil when it does not say.
  var remoteAddress: String?
  /// Whether the front end exempts this address from limits by address, as its list of unlimited addresses has it.
  var isUnlimitedAddress = false
  /// CONTENT_LENGTH; 0 when absent.
  var contentLength = 0
  var body = Body.complete([])
  /// Milliseconds that the request waited before a worker took it; nil when the front end does not say.
  var queueMilliseconds: Int?
  /// The connection to watch while something slow is done for this client; nil where there is none (CGI).
  var connection: Int32?

  /// Whether the client asks for a stream of events: it names the media type itself and does not weigh it 0 (RFC 9110
  /// §12.5.1). A mere wildcard gets JSON.
  var acceptsEventStream: Bool {
    (accept ?? "").split(separator: ",").contains { range in
      let parts = range.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      guard parts.first == "text/event-stream" else { return false }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
      return weight.map { (Double($0) ?? 1) > 0 } ?? true
    }
  }

  /// What a list of sessions shows of the client: its User-Agent, cleaned and cut.
  var device: String? {
    guard let cleaned = userAgent.map(Normalisation.clean), !cleaned.isEmpty else { return nil }
    var kept = String.UnicodeScalarView()
    kept.append(contentsOf: cleaned.unicodeScalars.prefix(SessionRules.deviceLength))
    return String(kept)
  }

  var language: Language { Language(acceptLanguage: acceptLanguage) }
}
