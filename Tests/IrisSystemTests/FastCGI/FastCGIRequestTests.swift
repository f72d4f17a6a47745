import Testing

@testable import IrisSystem

/// `FastCGIRequest` on a real unix socket, with peers of every manner.
@Suite(.serialized) struct FastCGIRequestTests {
  private static let prepared: Void = FastCGIRequest.prepareLibrary()

  private let listener: FastCGITestListener

  init() throws {
    Self.prepared
    listener = try FastCGITestListener()
  }

  /// What a worker saw of a request.
  private struct Seen: Equatable, Sendable {
    var variables: [String: String] = [:]
    var body: BodyRead?
    var milliseconds: Int64 = 0
    var delivered = false
  }

  /// Lets a peer do its part and reads its request as a worker does.
  /// - Parameters:
  ///   - answer: what is answered.
  ///   - behave: the peer, on its connection, which it closes at its end.
  ///   - afterwards: done when the worker is free again.
  /// - Returns: nil when there was no request, after so many milliseconds.
  private func serve(
    names: [String] = ["REQUEST_METHOD", "PATH_INFO", "EMPTY"], answer: [UInt8] = Array("Status: 200\r\n\r\nok".utf8),
    _ behave: @escaping @Sendable (Int32) -> Void, afterwards: () -> Void = {}
  ) throws -> (seen: Seen?, milliseconds: Int64) {
    let path = listener.path
    let peer = Peer {
      guard let connection = try? LocalSocket.connect(unix: path) else { return }
      behave(connection)
      LocalSocket.close(connection)
    }
    let connection = try LocalSocket.accept(listener.descriptor)
    ClientConnection.setTimeouts(connection, seconds: ListeningSocket.stallSeconds)
    let start = Clock.monotonicMicroseconds
    let seen = read(connection, names: names, answer: answer)
    let milliseconds = (Clock.monotonicMicroseconds - start) / 1_000
    afterwards()
    peer.join()
    return (seen, milliseconds)
  }

  private func read(_ connection: Int32, names: [String], answer: [UInt8]) -> Seen? {
    guard let request = FastCGIRequest(connection: connection) else { return nil }
    var seen = Seen()
    for name in names { seen.variables[name] = request.variable(name) }
    if let length = request.variable("CONTENT_LENGTH").flatMap({ Int($0) }) {
      seen.body = request.readBody(length: length, milliseconds: 2_000)
    }
    seen.delivered = request.write(answer) && request.flush()
    return seen
  }

  private static let body = Array(#"{"message":"é"}"#.utf8)

  @Test func `a request and its answer`() throws {
    let received = Shared<[UInt8]>([])
    let (seen, milliseconds) = try serve {
      LocalSocket.send(FastCGIPeer.request(body: Self.body), to: $0)
      received.value = LocalSocket.receiveAll($0)
    }
    let found = try #require(seen)
    #expect(found.variables == ["REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/chat", "EMPTY": ""])
    #expect(found.body == .complete(Self.body) && found.delivered && milliseconds < 1_000)
    let answer = FastCGIPeer.answer(received.value)
    #expect(answer.output == Array("Status: 200\r\n\r\nok".utf8) && answer.isSound)
    #expect(answer.end == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [1, 2, 3, 5, 7, 8, 9, 16, 100, 1_000]) func `records of so many bytes, padded and not`(
    size: Int
  ) throws {
    for padding in [0, 1, 7, 255] {
      let body = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
      let (seen, _) = try serve {
        LocalSocket.send(FastCGIPeer.request(body: body, by: size, padding: padding), to: $0)
        _ = LocalSocket.receiveAll($0)
      }
      #expect(seen?.variables["PATH_INFO"] == "/api/v1/chat" && seen?.body == .complete(body))
    }
  }

  @Test func `a request that arrives byte by byte`() throws {
    let (seen, _) = try serve {
      for byte in FastCGIPeer.request(body: Self.body) { LocalSocket.send([byte], to: $0) }
      _ = LocalSocket.receiveAll($0)
    }
    #expect(seen?.body == .complete(Self.body) && seen?.variables["REQUEST_METHOD"] == "POST")
  }

  @Test(arguments: [127, 128, 129, 1_000, 65_535, 100_000]) func `a variable of so many bytes`(size: Int) throws {
    let value = String(repeating: "v", count: size)
    let name = String(repeating: "N", count: min(size, 5_000))
    let (seen, _) = try serve(names: ["HTTP_LONG", name, "AFTER"]) {
      let variables = [("HTTP_LONG", value), (name, "x"), ("AFTER", "y")]
      LocalSocket.send(FastCGIPeer.request(variables), to: $0)
      _ = LocalSocket.receiveAll($0)
    }
    #expect(seen?.variables == ["HTTP_LONG": value, name: "x", "AFTER": "y"])
  }

  @Test func `a variable that is absent, odd, or no UTF-8`() throws {
    let (seen, _) = try serve(names: ["A", "MISSING", "", "B"]) {
      var pairs = FastCGIPeer.pair("A", "a=b=c") + [1, 2] + Array("B".utf8) + [0xC3, 0x28]
      pairs += FastCGIPeer.pair("", "nameless")
      LocalSocket.send(
        FastCGIPeer.beginning() + FastCGIPeer.stream(FastCGIPeer.params, pairs) + FastCGIPeer.record(FastCGIPeer.stdin),
        to: $0)
      _ = LocalSocket.receiveAll($0)
    }
    #expect(seen?.variables["A"] == "a=b=c" && seen?.variables["B"] == "\u{FFFD}(" && seen?.variables["MISSING"] == nil)
  }

  /// What a peer sends before it falls silent; it stays connected until it is closed upon.
  @Test(
    arguments: [
      [], FastCGIPeer.beginning(), Array(FastCGIPeer.beginning().prefix(5)),
      FastCGIPeer.beginning() + FastCGIPeer.record(FastCGIPeer.params, FastCGIPeer.pair("REQUEST_METHOD", "GET")),
      FastCGIPeer.beginning() + Array(FastCGIPeer.record(FastCGIPeer.params, FastCGIPeer.pair("A", "b")).prefix(10)),
    ] as [[UInt8]])
  func `a peer that falls silent before its request is whole frees the worker in three seconds`(bytes: [UInt8]) throws {
    let (seen, milliseconds) = try serve {
      LocalSocket.send(bytes, to: $0)
      _ = LocalSocket.receiveAll($0)
    }
    #expect(seen == nil && milliseconds < 3_000)
  }

  @Test(
    arguments: [
      [], FastCGIPeer.beginning(),
      FastCGIPeer.beginning() + Array(FastCGIPeer.record(FastCGIPeer.params, [3, 3]).prefix(9)),
      Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [UInt8](repeating: 0xFF, count: 4_096),
      [UInt8](repeating: 0, count: 64),
      FastCGIPeer.beginning() + FastCGIPeer.record(FastCGIPeer.params, [0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3]),
      FastCGIPeer.beginning() + FastCGIPeer.stream(FastCGIPeer.params, [200, 1, 65]),
    ] as [[UInt8]])
  func `a peer that sends something else and leaves gives no method`(bytes: [UInt8]) throws {
    let (seen, milliseconds) = try serve { LocalSocket.send(bytes, to: $0) }
    #expect(seen?.variables["REQUEST_METHOD"] == nil && milliseconds < 3_000)
  }

  /// A request that announces 10 bytes.
  private static func announced(_ rest: [UInt8]) -> [UInt8] {
    let pairs =
      FastCGIPeer.variables.flatMap { FastCGIPeer.pair($0.0, $0.1) } + FastCGIPeer.pair("CONTENT_LENGTH", "10")
    return FastCGIPeer.beginning() + FastCGIPeer.stream(FastCGIPeer.params, pairs) + rest
  }

  @Test(arguments: [
    announced([]), announced(FastCGIPeer.record(FastCGIPeer.stdin, [1, 2, 3])),
    announced(Array(FastCGIPeer.record(FastCGIPeer.stdin, [1, 2, 3, 4, 5]).prefix(10))),
  ])
  func `half a body, then silence`(bytes: [UInt8]) throws {
    let (seen, milliseconds) = try serve {
      LocalSocket.send(bytes, to: $0)
      _ = LocalSocket.receiveAll($0)
    }
    #expect(seen?.body == .cut && milliseconds < 3_000)
  }

  @Test(arguments: [
    announced([]), announced(FastCGIPeer.stream(FastCGIPeer.stdin, [1, 2, 3])),
    announced(FastCGIPeer.record(FastCGIPeer.stdin)),
    announced(FastCGIPeer.record(FastCGIPeer.stdin, [1, 2, 3])),
  ])
  func `half a body, then the end`(bytes: [UInt8]) throws {
    let (seen, milliseconds) = try serve { LocalSocket.send(bytes, to: $0) }
    #expect(seen?.body == .cut && milliseconds < 2_000)
  }

  @Test func `a body that trickles ends at its time`() throws {
    let (seen, milliseconds) = try serve {
      LocalSocket.send(Self.announced([]), to: $0)
      for byte in 0..<10 as Range<UInt8> {
        guard LocalSocket.send(FastCGIPeer.record(FastCGIPeer.stdin, [byte]), to: $0) else { return }
        LocalSocket.sleep(milliseconds: 400)
      }
    }
    #expect(seen?.body == .cut && (1_900...3_500).contains(milliseconds))
  }

  @Test func `no more is read than was announced`() throws {
    let (seen, _) = try serve {
      LocalSocket.send(Self.announced(FastCGIPeer.stream(FastCGIPeer.stdin, Array(0..<50))), to: $0)
      _ = LocalSocket.receiveAll($0)
    }
    #expect(seen?.body == .complete(Array(0..<10)))
  }

  @Test func `a large body and a large answer`() throws {
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let answer = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
    let received = Shared<[UInt8]>([])
    let (seen, _) = try serve(answer: answer) {
      LocalSocket.send(FastCGIPeer.request(body: body), to: $0)
      received.value = LocalSocket.receiveAll($0)
    }
    #expect(seen?.body == .complete(body) && seen?.delivered == true)
    #expect(FastCGIPeer.answer(received.value).output == answer)
  }

  @Test func `a client that never reads frees the worker in three seconds`() throws {
    let done = Shared(false)
    let answer = [UInt8](repeating: 1, count: 16 << 20)
    let (seen, milliseconds) = try serve(answer: answer) {
      LocalSocket.send(FastCGIPeer.request(), to: $0)
      while !done.value { LocalSocket.sleep(milliseconds: 20) }
    } afterwards: {
      done.value = true
    }
    #expect(seen?.delivered == false && milliseconds < 3_500)
  }

  @Test func `a client that has left costs an error, not a signal`() throws {
    let (seen, _) = try serve(answer: [UInt8](repeating: 1, count: 1 << 20)) {
      LocalSocket.send(FastCGIPeer.request(), to: $0)
    }
    #expect(seen == nil || seen?.delivered == false)
  }

  @Test func `a connection is closed after one request although the peer would keep it`() throws {
    let received = Shared<[UInt8]>([])
    let (seen, _) = try serve {
      LocalSocket.send(FastCGIPeer.request(keepConnection: true), to: $0)
      received.value = LocalSocket.receiveAll($0)
    }
    #expect(seen?.delivered == true && FastCGIPeer.answer(received.value).end != nil)
  }

  @Test func `a front end that closes its half has left`() throws {
    let (ours, theirs) = try LocalSocket.pair()
    defer { LocalSocket.close(ours) }
    #expect(!ClientConnection.hasLeft(ours))
    LocalSocket.send([1], to: theirs)
    #expect(!ClientConnection.hasLeft(ours))
    LocalSocket.close(theirs)
    #expect(ClientConnection.hasLeft(ours) && ClientConnection.hasLeft(-1) == false)
  }
  @Test func `a wait lasts its time, but no longer than the client stays`() throws {
    let (ours, theirs) = try LocalSocket.pair()
    defer { LocalSocket.close(ours) }
    func waited(_ client: Int32?, milliseconds: Int) -> (left: Bool, microseconds: Int64) {
      let start = Clock.monotonicMicroseconds
      return (ClientConnection.leaves(client, within: milliseconds), Clock.monotonicMicroseconds - start)
    }
    // What a client sends is no reason to stop waiting.
    LocalSocket.send([1], to: theirs)
    for client in [ours, nil] {
      let result = waited(client, milliseconds: 60)
      #expect(!result.left && result.microseconds >= 60_000)
    }
    #expect(!ClientConnection.leaves(ours, within: 0))
    LocalSocket.close(theirs)
    let result = waited(ours, milliseconds: 10_000)
    #expect(result.left && result.microseconds < 5_000_000)
  }
}
