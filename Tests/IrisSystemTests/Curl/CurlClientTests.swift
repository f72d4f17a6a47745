import IrisSystem
import Testing

/// `CurlClient` against a server of our own.
struct CurlClientTests {
  private static let limits = TransferLimits(
    connectTimeoutMilliseconds: 1_000, deadlineMilliseconds: 5_000, maximumBytes: 1 << 20)

  private static func response(_ body: String, _ status: String = "200 OK", _ fields: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  private let client: CurlClient

  init() throws { client = try #require(CurlClient()) }

  private func get(
    _ url: String, limits: TransferLimits = limits, watching descriptor: Int32? = nil
  ) throws(CurlError) -> CurlReply {
    try client.perform(CurlRequest(method: "GET", url: url), limits: limits, watching: descriptor)
  }

  private func get(
    _ server: CurlTestServer, limits: TransferLimits = limits, watching descriptor: Int32? = nil
  ) throws
    -> CurlReply
  {
    // A server ends with its last use.
    try withExtendedLifetime(server) { try get(server.url, limits: limits, watching: descriptor) }
  }

  private func failure(
    _ server: CurlTestServer, limits: TransferLimits = limits, watching descriptor: Int32? = nil
  ) -> (error: CurlError?, milliseconds: Int64) {
    withExtendedLifetime(server) { failure(server.url, limits: limits, watching: descriptor) }
  }

  /// The error of a transfer that must fail, and its milliseconds.
  private func failure(
    _ url: String, limits: TransferLimits = limits, watching descriptor: Int32? = nil
  ) -> (error: CurlError?, milliseconds: Int64) {
    let start = Clock.monotonicMicroseconds
    var found: CurlError?
    do throws(CurlError) { _ = try get(url, limits: limits, watching: descriptor) } catch { found = error }
    return (found, (Clock.monotonicMicroseconds - start) / 1_000)
  }

  private static func within(_ milliseconds: Int) -> TransferLimits {
    TransferLimits(connectTimeoutMilliseconds: 1_000, deadlineMilliseconds: milliseconds, maximumBytes: 1 << 20)
  }

  @Test func `a request goes out as it was made`() throws {
    let server = try CurlTestServer(.answer(Self.response("{}")))
    let body = #"{"é":"\u0000"}"#
    let request = CurlRequest(
      method: "POST", url: server.url, headers: ["Content-Type: application/json", "X-Key: secret"],
      body: Array(body.utf8))
    let reply = try client.perform(request, limits: Self.limits)
    #expect(reply.status == 200 && reply.body == Array("{}".utf8) && reply.contentType == "application/json")
    #expect(reply.majorVersion == 1 && reply.retryAfterSeconds == nil)
    let sent = try #require(server.requests.first)
    #expect(sent.hasPrefix("POST /path?q=1 HTTP/1.1\r\n") && sent.hasSuffix("\r\n\r\n\(body)"))
    #expect(sent.contains("\r\nX-Key: secret\r\n") && sent.contains("\r\nContent-Length: \(body.utf8.count)\r\n"))
    #expect(!sent.lowercased().contains("expect:"))
  }

  @Test(arguments: ["200 OK", "201 Created", "400 Bad Request", "401 X", "404 Not Found", "429 X", "500 X", "503 X"])
  func `every status is a reply with its body`(status: String) throws {
    let server = try CurlTestServer(.answer(Self.response("body", status)))
    let reply = try get(server)
    #expect(reply.status == Int(status.prefix(3)) && reply.body == Array("body".utf8))
  }

  @Test(
    arguments: [
      ("Retry-After: 7\r\n", 7), ("Retry-After: 0\r\n", nil), ("", nil), ("retry-after: 34\r\n", 34),
      ("Retry-After: soon\r\n", nil), ("Retry-After: 9223372036854775807\r\n", 604_800), ("Retry-After: -5\r\n", nil),
    ] as [(String, Int?)])
  func `Retry-After in seconds`(field: String, seconds: Int?) throws {
    let server = try CurlTestServer(.answer(Self.response("", "429 Too Many Requests", field)))
    #expect(try get(server).retryAfterSeconds == seconds)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"),
    ("HTTP/1.0 200 OK\r\n\r\nto the end", "to the end"), ("HTTP/1.1 204 No Content\r\n\r\n", ""),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
  ])
  func `bodies in every framing`(answer: String, body: String) throws {
    #expect(String(decoding: try get(CurlTestServer(.last(answer))).body, as: UTF8.self) == body)
  }

  @Test func `a redirect is a reply, not followed`() throws {
    let server = try CurlTestServer(.answer(Self.response("", "302 Found", "Location: /elsewhere\r\n")))
    #expect(try get(server).status == 302 && server.requests.count == 1)
  }

  @Test(arguments: [(100, true), (101, false), (5_000_000, false)])
  func `a reply has at most so many bytes`(size: Int, fits: Bool) throws {
    let limits = TransferLimits(connectTimeoutMilliseconds: 1_000, deadlineMilliseconds: 5_000, maximumBytes: 100)
    let body = String(repeating: "x", count: size)
    for answer in [Self.response(body), "HTTP/1.0 200 OK\r\n\r\n\(body)"] {
      let server = try CurlTestServer(.last(answer))
      if fits {
        #expect(try get(server, limits: limits).body.count == size)
      } else {
        #expect(failure(server, limits: limits).error == .tooLarge)
      }
    }
  }

  @Test func `megabytes arrive whole`() throws {
    let body = String(repeating: "0123456789abcdef", count: 65_536)
    #expect(try get(CurlTestServer(.answer(Self.response(body)))).body == Array(body.utf8))
  }

  @Test(arguments: [
    CurlTestServer.Script.stall(""), .stall("HTTP/1.1 200 OK\r\n"),
    .stall("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
    .trickle(response(String(repeating: "x", count: 100))),
  ])
  func `the deadline holds whatever the server does`(script: CurlTestServer.Script) throws {
    let server = try CurlTestServer(script, .answer(Self.response("fine")))
    let (error, milliseconds) = failure(server, limits: Self.within(400))
    #expect(error == .timedOut && (380...1_500).contains(milliseconds))
    // The same handle serves the next request.
    #expect(try get(server).body == Array("fine".utf8))
  }

  @Test func `connections are reused until the server closes them`() throws {
    let fine = Self.response("a")
    let server = try CurlTestServer(.answer(fine), .answer(fine), .last(fine), .answer(fine))
    #expect(try get(server).reusedConnection == false)
    #expect(try get(server).reusedConnection && get(server).reusedConnection)
    LocalSocket.sleep(milliseconds: 50)
    #expect(try get(server).reusedConnection == false)
    #expect(server.connections == 2)
  }

  @Test func `a refused connection`() throws {
    let (listener, port) = try LocalSocket.listenTCP()
    LocalSocket.close(listener)
    let (error, milliseconds) = failure("http://127.0.0.1:\(port)/")
    #expect(error == .cannotConnect && milliseconds < 1_000)
  }

  @Test(arguments: [(300, 5_000), (5_000, 300)])
  func `who does not get as far as the request has no connection`(connect: Int, deadline: Int) throws {
    // The kernel accepts for the listener, which then says nothing in the TLS handshake.
    let (listener, port) = try LocalSocket.listenTCP()
    defer { LocalSocket.close(listener) }
    let limits = TransferLimits(connectTimeoutMilliseconds: connect, deadlineMilliseconds: deadline, maximumBytes: 100)
    let (error, milliseconds) = failure("https://127.0.0.1:\(port)/", limits: limits)
    #expect(error == .cannotConnect && (280...1_500).contains(milliseconds))
  }

  @Test func `a name that nobody has`() {
    // A label of 64 letters: the resolver refuses it without asking anyone.
    #expect(failure("http://\(String(repeating: "a", count: 64)).example/").error == .cannotResolve)
  }

  @Test(arguments: [
    "", "/", "http://", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:1/", "http://[::1/",
  ])
  func `what is no address of the web`(url: String) { #expect(failure(url).error == .badURL) }

  @Test(arguments: [
    "", "220 mail.example ESMTP\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ])
  func `a connection that breaks off`(answer: String) throws {
    guard case .interrupted(let code) = failure(try CurlTestServer(.last(answer))).error else {
      Issue.record("not interrupted")
      return
    }
    #expect(code > 0)
  }

  @Test func `a server without TLS`() throws {
    let (listener, port) = try LocalSocket.listenTCP()
    let peer = Peer {
      guard let connection = try? LocalSocket.accept(listener) else { return }
      _ = LocalSocket.receive(connection)
      LocalSocket.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), to: connection)
      LocalSocket.close(connection)
    }
    #expect(failure("https://127.0.0.1:\(port)/", limits: Self.within(2_000)).error == .tls)
    peer.join()
    LocalSocket.close(listener)
  }

  @Test func `a client that leaves ends the transfer at once`() throws {
    let server = try CurlTestServer(.stall(""))
    let (ours, theirs) = try LocalSocket.pair()
    defer { LocalSocket.close(ours) }
    let leaving = Peer {
      LocalSocket.sleep(milliseconds: 200)
      LocalSocket.close(theirs)
    }
    let (error, milliseconds) = failure(server, watching: ours)
    leaving.join()
    #expect(error == .abandoned && (150...1_200).contains(milliseconds))
  }

  @Test func `a client that has left already`() throws {
    let server = try CurlTestServer(.stall(""))
    let (ours, theirs) = try LocalSocket.pair()
    defer { LocalSocket.close(ours) }
    LocalSocket.close(theirs)
    let (error, milliseconds) = failure(server, watching: ours)
    #expect(error == .abandoned && milliseconds < 1_500)
  }

  @Test func `a client that waits, or still sends, is left in peace`() throws {
    let server = try CurlTestServer(.trickle(Self.response("ok")))
    let (ours, theirs) = try LocalSocket.pair()
    defer {
      LocalSocket.close(ours)
      LocalSocket.close(theirs)
    }
    LocalSocket.send([1, 2, 3], to: theirs)
    #expect(try get(server, watching: ours).body == Array("ok".utf8))
  }
}
