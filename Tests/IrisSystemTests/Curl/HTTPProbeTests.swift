import IrisSystem
import Testing

/// `HTTPProbe` against a server of our own.
struct HTTPProbeTests {
  private func failure(_ request: HTTPProbe.Request) -> (error: CurlError?, milliseconds: Int64) {
    let start = Clock.monotonicMicroseconds
    var found: CurlError?
    do throws(CurlError) { _ = try HTTPProbe.perform(request) } catch { found = error }
    return (found, (Clock.monotonicMicroseconds - start) / 1_000)
  }

  @Test func `all header fields are told, and no redirect is followed`() throws {
    let server = try CurlTestServer(
      .last("HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nVary: A\r\nVARY: B\r\nContent-Length: 2\r\n\r\nhi"))
    let reply = try HTTPProbe.perform(HTTPProbe.Request("GET", server.url, headers: ["Host: elsewhere"]))
    #expect(reply.status == 301)
    #expect(reply.values("vary") == ["A", "B"])
    #expect(reply.values("location") == ["http://127.0.0.1:1/"])
    #expect(reply.body == Array("hi".utf8))
    #expect(reply.certificateEnds == nil)
    let asked = try #require(server.requests.first)
    #expect(asked.contains("Host: elsewhere\r\n") && !asked.contains("Expect"))
  }

  @Test func `another place may be asked for a name`() throws {
    let server = try CurlTestServer(.last("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    let request = HTTPProbe.Request("GET", "http://nobody.invalid/", place: "127.0.0.1:\(server.port)")
    #expect(try HTTPProbe.perform(request).status == 200)
    #expect(server.requests.first?.contains("Host: nobody.invalid\r\n") == true)
  }

  @Test func `the parts of a body come with their moments`() throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    let server = try CurlTestServer(.paced([head, "a", "b"], milliseconds: 60))
    let pieces = try HTTPProbe.perform(HTTPProbe.Request("POST", server.url, body: [0x78])).pieces
    #expect(pieces.map(\.bytes) == [[0x61], [0x62]])
    #expect(try #require(pieces.last).at - #require(pieces.first).at >= 40_000)
  }

  @Test func `a connection alone says nothing`() throws {
    let server = try CurlTestServer(.stall(""))
    #expect(try HTTPProbe.perform(HTTPProbe.Request("GET", server.url, connectsOnly: true)).status == 0)
    #expect(server.requests.isEmpty)
  }

  @Test func `silence, nobody and floods end it in time`() throws {
    let silent = try CurlTestServer(.stall(""))
    let (error, milliseconds) = failure(HTTPProbe.Request("GET", silent.url, deadlineMilliseconds: 200))
    #expect(error == .timedOut && milliseconds < 2_000)
    #expect(failure(HTTPProbe.Request("GET", "http://127.0.0.1:1/")).error == .cannotConnect)
    #expect(failure(HTTPProbe.Request("GET", "file:///etc/passwd")).error != nil)
    let flood = try CurlTestServer(.flood("HTTP/1.1 200 OK\r\n\r\n", zeros: 64 << 20))
    #expect(failure(HTTPProbe.Request("GET", flood.url)).error == .tooLarge)
  }

  @Test func `a client tells the server's clock`() throws {
    let client = try #require(CurlClient())
    let limits = TransferLimits(
      connectTimeoutMilliseconds: 1_000, deadlineMilliseconds: 5_000, maximumBytes: 1_024)
    for (field, date) in [("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 784_111_777), ("Date: soon\r\n", nil), ("", nil)]
      as [(String, Int64?)]
    {
      let server = try CurlTestServer(.last("HTTP/1.1 200 OK\r\n\(field)Content-Length: 0\r\n\r\n"))
      #expect(try client.perform(CurlRequest(method: "GET", url: server.url), limits: limits).date == date)
    }
  }

  @Test func `a mail server is greeted, and no mail begun`() throws {
    let server = try SMTPTestServer()
    let place = try #require(SMTPServer("smtp://127.0.0.1:\(server.port)"))
    let limits = SMTPClient.Limits(connectMilliseconds: 1_000, totalMilliseconds: 4_000)
    try SMTPClient.greet(place, greeting: "iris.test", limits: limits)
    #expect(server.lines.first == "EHLO iris.test")
    #expect(!server.lines.contains { $0.hasPrefix("MAIL") || $0.hasPrefix("RCPT") })
    let rude = try SMTPTestServer(["CONNECT": .reply("554 no")])
    let other = try #require(SMTPServer("smtp://127.0.0.1:\(rude.port)"))
    #expect(throws: SMTPError.denied(reply: 554)) { try SMTPClient.greet(other, greeting: "a", limits: limits) }
  }

  @Test func `users are known by name`() {
    #expect(SystemUser(named: "root")?.id == 0)
    #expect(SystemUser(named: "root")?.groups.contains(0) == true)
    #expect(SystemUser(named: "no-such-user-here") == nil)
    #expect(SystemUser.name(of: 0) == "root")
    #expect(SystemUser.name(of: 4_000_000_000) == "4000000000")
  }
}
