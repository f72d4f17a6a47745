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
  }

  let port: Int
  private let server: LocalServer
  private let found: Shared<[String]> = Shared([])
  private let opened: Shared<Int> = Shared(0)

  /// - Parameter script: for each request in turn, over all connections; the last is repeated.
  init(_ script: Script...) throws {
    let (listener, port) = try LocalSocket.listenTCP()
    self.port = port
    let (found, opened) = (found, opened)
    server = LocalServer(listener: listener) {
      opened.update { $0 += 1 }
      CurlTestServer.serve($0, script, found)
    }
  }

  var url: String { "http://127.0.0.1:\(port)/path?q=1" }
  /// The requests so far, head and body.
  var requests: [String] { found.value }
  var connections: Int { opened.value }

  private static func serve(_ connection: Int32, _ script: [Script], _ found: Shared<[String]>) {
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
