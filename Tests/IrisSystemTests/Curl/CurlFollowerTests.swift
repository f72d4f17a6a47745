import IrisSystem
import Testing

/// What a follower notes of a transfer.
private final class Notes {
  var pieces: [String] = []
  /// When each piece arrived, on the monotonic clock in microseconds.
  var moments: [Int64] = []
  /// When the follower was asked whether to go on.
  var asked: [Int64] = []
  var byteCount = 0

  /// Follows until so many pieces arrived, or it was asked so often.
  func follower(pieces limit: Int = .max, asks: Int = .max) -> TransferFollower {
    TransferFollower(
      receive: { bytes in
        self.moments.append(Clock.monotonicMicroseconds)
        self.pieces.append(String(decoding: bytes, as: UTF8.self))
        return self.pieces.count < limit
      },
      goesOn: {
        self.asked.append(Clock.monotonicMicroseconds)
        return self.asked.count < asks
      })
  }
}

/// `CurlClient` with a follower, against a server of our own.
struct CurlFollowerTests {
  private static let limits = TransferLimits(
    connectTimeoutMilliseconds: 1_000, deadlineMilliseconds: 5_000, maximumBytes: 1 << 20)
  private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

  private let client: CurlClient
  private let notes = Notes()

  init() throws { client = try #require(CurlClient()) }

  private static func chunk(_ text: String) -> String {
    "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
  }

  private func get(
    _ server: CurlTestServer, _ follower: TransferFollower? = nil, limits: TransferLimits = limits,
    watching descriptor: Int32? = nil
  ) -> (outcome: Result<CurlReply, CurlError>, milliseconds: Int64) {
    let start = Clock.monotonicMicroseconds
    // A server ends with its last use.
    let outcome = withExtendedLifetime(server) {
      Result { () throws(CurlError) in
        try client.perform(
          CurlRequest(method: "GET", url: server.url), limits: limits, watching: descriptor, following: follower)
      }
    }
    return (outcome, (Clock.monotonicMicroseconds - start) / 1_000)
  }

  private func error(_ outcome: Result<CurlReply, CurlError>) -> CurlError? {
    if case .failure(let error) = outcome { error } else { nil }
  }

  @Test func `what the server sends is handed on before it sends more`() throws {
    let words = ["Bon", "jour", " à", " tous"]
    let server = try CurlTestServer(
      .paced([Self.chunked] + words.map(Self.chunk) + ["0\r\n\r\n"], milliseconds: 150))
    let reply = try get(server, notes.follower()).outcome.get()
    #expect(notes.pieces == words && reply.body.isEmpty && reply.status == 200)
    for (index, arrived) in notes.moments.enumerated() {
      #expect(server.moments[index + 1] <= arrived && arrived < server.moments[index + 2], "piece \(index)")
    }
  }

  @Test func `500 pieces, 5 ms apart, come as 500`() throws {
    let words = (0..<500).map { "mot \($0) " }
    let server = try CurlTestServer(.paced([Self.chunked] + words.map(Self.chunk) + ["0\r\n\r\n"], milliseconds: 5))
    _ = try get(server, notes.follower(), limits: Self.within(20_000)).outcome.get()
    #expect(notes.pieces == words)
  }

  @Test(arguments: [(204, ""), (299, "x"), (300, "x"), (404, "missing"), (503, "busy")])
  func `only the body of a success goes to the follower`(status: Int, body: String) throws {
    let server = try CurlTestServer(
      .last("HTTP/1.1 \(status) X\r\n\(body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n")\r\n\(body)"))
    let reply = try get(server, notes.follower()).outcome.get()
    let isSuccess = status < 300
    #expect(reply.status == status && reply.body == (isSuccess ? [] : Array(body.utf8)))
    #expect(notes.pieces.joined() == (isSuccess ? body : ""))
  }

  @Test func `a follower that only goes on leaves the body where it was`() throws {
    let server = try CurlTestServer(.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    #expect(try get(server, TransferFollower(goesOn: { true })).outcome.get().body == Array("ok".utf8))
  }

  @Test func `a follower that has enough ends the transfer, and its connection serves nobody again`() throws {
    let server = try CurlTestServer(
      .paced([Self.chunked + Self.chunk("one"), Self.chunk("two"), Self.chunk("three")], milliseconds: 100),
      .answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"))
    let (outcome, milliseconds) = get(server, notes.follower(pieces: 2))
    #expect(error(outcome) == .stopped && notes.pieces == ["one", "two"] && milliseconds < 1_000)
    let next = try get(server).outcome.get()
    #expect(next.body == Array("fine".utf8) && !next.reusedConnection && server.connections == 2)
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", chunked, chunked + chunk("begun")])
  func `a follower is asked while nothing comes, and may end it`(sent: String) throws {
    let server = try CurlTestServer(.stall(sent), .answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"))
    let (outcome, milliseconds) = get(server, notes.follower(asks: 6))
    #expect(error(outcome) == .stopped && notes.asked.count == 6 && milliseconds < 3_000)
    let pauses = zip(notes.asked, notes.asked.dropFirst()).map { ($1 - $0) / 1_000 }
    #expect(pauses.allSatisfy { $0 <= 350 }, "\(pauses)")
    #expect(try get(server).outcome.get().body == Array("fine".utf8))
  }

  @Test func `a slow drip arrives byte by byte, and the follower is asked at each`() throws {
    let body = "goutte"
    let server = try CurlTestServer(.trickle("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"))
    _ = try get(server, notes.follower()).outcome.get()
    #expect(notes.pieces == body.map(String.init) && notes.asked.count >= body.utf8.count)
  }

  @Test func `the deadline holds for a followed transfer`() throws {
    let server = try CurlTestServer(.stall(Self.chunked + Self.chunk("begun")))
    let (outcome, milliseconds) = get(server, notes.follower(), limits: Self.within(400))
    #expect(error(outcome) == .timedOut && notes.pieces == ["begun"] && (380...1_500).contains(milliseconds))
  }

  @Test func `a client that leaves in mid-stream ends it within 100 ms`() throws {
    let server = try CurlTestServer(.stall(Self.chunked + Self.chunk("begun")))
    let (ours, theirs) = try LocalSocket.pair()
    defer { LocalSocket.close(ours) }
    let left = Shared<Int64>(0)
    let leaving = Peer {
      LocalSocket.sleep(milliseconds: 320)
      left.value = Clock.monotonicMicroseconds
      LocalSocket.close(theirs)
    }
    let (outcome, _) = get(server, notes.follower(), watching: ours)
    let ended = Clock.monotonicMicroseconds
    leaving.join()
    #expect(error(outcome) == .abandoned && notes.pieces == ["begun"])
    #expect(ended >= left.value && ended - left.value < 100_000, "\((ended - left.value) / 1_000) ms")
  }

  @Test func `an endless body is cut at the limit and never held`() throws {
    let limit = 256 << 20
    let server = try CurlTestServer(.flood("HTTP/1.1 200 OK\r\nContent-Length: \(1 << 30)\r\n\r\n", zeros: 1 << 30))
    let before = try Self.residentBytes()
    var largest = 0
    let follower = TransferFollower(receive: { bytes in
      self.notes.byteCount += bytes.count
      largest = max(largest, bytes.count)
      return true
    })
    let limits = TransferLimits(
      connectTimeoutMilliseconds: 1_000, deadlineMilliseconds: 60_000, maximumBytes: limit)
    #expect(error(get(server, follower, limits: limits).outcome) == .tooLarge)
    #expect((limit - (64 << 10)...limit).contains(notes.byteCount) && largest <= 64 << 10)
    // Other tests run in this process too: a third of what went through is more than they take.
    #expect(try Self.residentBytes() - before < limit / 3)
  }

  @Test func `two hundred stopped transfers leave no descriptor behind`() throws {
    let server = try CurlTestServer(.stall(Self.chunked + Self.chunk("begun")))
    let before = try Files.list("/proc/self/fd").count
    for _ in 0..<200 {
      #expect(error(get(server, Notes().follower(pieces: 1)).outcome) == .stopped)
    }
    #expect(server.connections == 200)
    LocalSocket.sleep(milliseconds: 100)
    // Other tests open some at the same time; each of ours would count twice, being both client and server.
    #expect(try Files.list("/proc/self/fd").count - before < 150)
  }

  private static func within(_ milliseconds: Int) -> TransferLimits {
    TransferLimits(connectTimeoutMilliseconds: 1_000, deadlineMilliseconds: milliseconds, maximumBytes: 1 << 20)
  }

  /// What this process holds in memory (proc(5), `VmRSS`).
  private static func residentBytes() throws -> Int {
    let status = String(decoding: try Files.read("/proc/self/status", limit: 1 << 16), as: UTF8.self)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(Int(line.split(separator: " ").dropLast().last ?? "")) << 10
  }
}
