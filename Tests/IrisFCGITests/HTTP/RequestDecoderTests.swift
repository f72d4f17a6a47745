import IrisSystem
import Testing

@testable import IrisFCGI

/// CGI variables and a body become a request.
struct RequestDecoderTests {
  private static let now: Int64 = 1_800_000_000_000

  /// Decodes; `read` takes what lengths the body was asked for.
  private static func decode(
    _ variables: [String: String], body: BodyRead = .complete([]), read: (Int) -> Void = { _ in }
  ) -> Request? {
    RequestDecoder.decode(
      variable: { variables[$0] },
      readBody: {
        read($0)
        return body
      }, connection: 7, nowMilliseconds: now)
  }

  private static let least = ["REQUEST_METHOD": "GET", "PATH_INFO": "/health"]

  private static func with(_ name: String, _ value: String) -> [String: String] {
    least.merging([name: value]) { $1 }
  }

  @Test func `everything that the front end says arrives`() throws {
    let request = try #require(
      Self.decode(
        [
          "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/chat", "SCRIPT_NAME": "/x", "QUERY_STRING": "a=1&b",
          "HTTP_AUTHORIZATION": "Bearer t", "HTTP_ACCEPT_LANGUAGE": "en", "CONTENT_TYPE": "application/json",
          "HTTP_USER_AGENT": "UA", "REQUEST_ID": "0123456789ABCDEF-1", "REQUEST_START": "1799999999.750",
          "CONTENT_LENGTH": "2",
        ], body: .complete([0x7B, 0x7D])))
    #expect(request.method == "POST" && request.path == "/api/v1/chat" && request.query == "a=1&b")
    #expect(request.authorization == "Bearer t" && request.language == .english && request.userAgent == "UA")
    #expect(request.contentType == "application/json" && request.contentLength == 2)
    #expect(request.body == .complete([0x7B, 0x7D]) && request.id == "0123456789ABCDEF-1")
    #expect(request.queueMilliseconds == 250 && request.connection == 7)
  }

  @Test(arguments: [[:], ["PATH_INFO": "/health"], ["REQUEST_METHOD": "", "PATH_INFO": "/"]])
  func `without a method there is no request`(variables: [String: String]) {
    #expect(Self.decode(variables) == nil)
  }

  @Test(arguments: [
    (["PATH_INFO": "/a", "SCRIPT_NAME": "/b"], "/a"), (["PATH_INFO": "", "SCRIPT_NAME": "/b"], "/b"),
    (["SCRIPT_NAME": "/b"], "/b"), ([:], "/"), (["PATH_INFO": "/\u{FFFD}"], "/\u{FFFD}"),
  ])
  func `the path comes from either variable`(variables: [String: String], path: String) {
    #expect(Self.decode(variables.merging(["REQUEST_METHOD": "GET"]) { $1 })?.path == path)
  }

  @Test func `what is absent is absent`() throws {
    let request = try #require(Self.decode(Self.least))
    #expect(request.query.isEmpty && request.authorization == nil && request.acceptLanguage == nil)
    #expect(request.contentType == nil && request.userAgent == nil && request.queueMilliseconds == nil)
    #expect(request.contentLength == 0 && request.body == .complete([]) && request.language == .french)
  }

  @Test(
    arguments: [
      // nginx's $msec, and the milliseconds that the request has waited.
      ("1800000000.000", 0), ("1799999999.999", 1), ("1799999990", 10_000), ("1799999400.000", 600_000),
      // Before the request was sent, or too long ago: the clock was set.
      ("1800000000.500", 0), ("1800009999", 0), ("1799999399.999", nil), ("0", nil), ("1", nil), ("-5", nil),
      ("", nil), ("x", nil), ("nan", nil), ("inf", nil), ("-inf", nil), ("1e300", nil), ("1800000000.000 ", nil),
      ("1,800", nil), ("0x1p3", nil),
    ] as [(String, Int?)])
  func `how long a request has waited`(start: String, expected: Int?) {
    #expect(Self.decode(Self.with("REQUEST_START", start))?.queueMilliseconds == expected)
  }

  @Test(arguments: ["01234567", "abcdefABCDEF0123", "0123-4567-89ab", String(repeating: "a", count: 64)])
  func `a request id of the front end is kept`(id: String) {
    #expect(Self.decode(Self.with("REQUEST_ID", id))?.id == id)
  }

  @Test(arguments: [
    "", "0123456", String(repeating: "a", count: 65), "0123456g", "01234567\n", "0123456 ", "<script>ab", "０１２３４５６７８",
    "0123456\"", "0123456\u{0}",
  ])
  func `an id that is none is replaced by one of ours`(id: String) throws {
    let request = try #require(Self.decode(Self.with("REQUEST_ID", id)))
    #expect(request.id != id && request.id.utf8.count == 32 && Hex.decode(request.id) != nil)
    #expect(Self.decode(Self.with("REQUEST_ID", id))?.id != request.id)
  }

  @Test(
    arguments: [
      // CONTENT_LENGTH, the length that is read (nil: nothing is), and the length told to the routes.
      ("0", 0, 0), ("1", 1, 1), ("65536", 65_536, 65_536), ("65537", nil, 65_537),
      ("9223372036854775807", nil, Int.max),
      ("", nil, 0),
    ] as [(String, Int?, Int)])
  func `a body is read only when a route could take it`(announced: String, read: Int?, length: Int) throws {
    var asked: Int?
    let request = try #require(
      Self.decode(Self.with("CONTENT_LENGTH", announced), body: .complete([1]), read: { asked = $0 }))
    #expect(asked == read && request.contentLength == length)
    #expect((request.body == .unread) == (length > Route.largestBody))
  }

  @Test(arguments: ["-1", "x", "1x", " 1", "1.0", "1e3", "0x10", "9223372036854775808", "99999999999999999999", "١"])
  func `a length that is none is a broken request, not a body`(announced: String) throws {
    var asked: Int?
    let request = try #require(Self.decode(Self.with("CONTENT_LENGTH", announced), read: { asked = $0 }))
    #expect(asked == nil && request.body == .cut && request.contentLength > 0)
  }

  @Test func `a body that ended early is cut`() {
    #expect(Self.decode(Self.with("CONTENT_LENGTH", "5"), body: .cut)?.body == .cut)
  }
}
