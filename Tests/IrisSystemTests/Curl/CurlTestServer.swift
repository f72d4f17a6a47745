import IrisSystem

/// A server on 127.0.0.1 that reads HTTP/1.1 requests and answers whatever bytes it is told to.
final class CurlTestServer: Sendable {
  /// What it does with one request.
  enum Script: Sendable {
    /// Sends these bytes and waits for the next request.
    case answer(String)
    /// Sends these bytes and closes.
    case last(String)
    /// Sends these bytes and then nothing more until the client leaves.
    case stall(String)
    /// Sends one byte of these every 50 ms.
    case trickle(String)
    /// Sends these pieces one after the other, with so many milliseconds between them.
    case paced([String], milliseconds: Int)
    /// Sends these bytes and then zeros, at most so many, until the client leaves.
    case flood(String, zeros: Int)
  }

  let port: Int
  private let server: LocalServer
  private let found: Shared<[String]> = Shared([])
  private let opened: Shared<Int> = Shared(0)
  private let sent: Shared<[Int64]> = Shared([])

  /// - Parameter script: for each request in turn, over all connections; the last is repeated.
  init(_ script: Script...) throws {
    let (listener, port) = try LocalSocket.listenTCP()
    self.port = port
    let (found, opened, sent) = (found, opened, sent)
    server = LocalServer(listener: listener) {
      opened.update { $0 += 1 }
      CurlTestServer.serve($0, script, found, sent)
    }
  }

  var url: String { "http://127.0.0.1:\(port)/path?q=1" }
  /// The requests so far, head and body.
  var requests: [String] { found.value }
  var connections: Int { opened.value }
  /// When the paced pieces went out, on the monotonic clock in microseconds.
  var moments: [Int64] { sent.value }

  private static func serve(_ connection: Int32, _ script: [Script], _ found: Shared<[String]>, _ sent: Shared<[Int64]>)
  {
    while let request = readRequest(connection) {
      var number = 0
      found.update {
        number = $0.count
        $0.append(request)
      }
      switch script[min(number, script.count - 1)] {
      case .answer(let text): LocalSocket.send(Array(text.utf8), to: connection)
      case .last(let text):
        LocalSocket.send(Array(text.utf8), to: connection)
        return
      case .stall(let text):
        LocalSocket.send(Array(text.utf8), to: connection)
        _ = LocalSocket.receiveAll(connection)
        return
      case .trickle(let text):
        for byte in text.utf8 {
          guard LocalSocket.send([byte], to: connection) else { return }
          LocalSocket.sleep(milliseconds: 50)
        }
      case .paced(let pieces, let milliseconds):
        for (index, piece) in pieces.enumerated() {
          if index > 0 { LocalSocket.sleep(milliseconds: milliseconds) }
          sent.update { $0.append(Clock.monotonicMicroseconds) }
          guard LocalSocket.send(Array(piece.utf8), to: connection) else { return }
        }
      case .flood(let text, let zeros):
        LocalSocket.send(Array(text.utf8), to: connection)
        let block = [UInt8](repeating: 0x30, count: 1 << 18)
        for _ in 0..<(zeros / block.count) {
          guard LocalSocket.send(block, to: connection) else { return }
        }
      }
    }
  }

  /// Head and body by Content-Length; nil at the end of the connection.
  private static func readRequest(_ connection: Int32) -> String? {
    var text = ""
    while true {
      let chunk = LocalSocket.receive(connection)
      guard !chunk.isEmpty else { return nil }
      text += String(decoding: chunk, as: UTF8.self)
      let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      let length = parts[0].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
      if parts[1].utf8.count >= length ?? 0 { return text }
    }
  }
}
