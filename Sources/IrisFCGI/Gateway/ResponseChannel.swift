import IrisSystem

/// The way back to the client for an answer that goes out in parts.
protocol ResponseChannel: AnyObject {
  /// Sends the bytes now, without waiting for more.
  /// - Returns: false when the client has left or does not read.
  func send(_ bytes: [UInt8]) -> Bool
}

/// A FastCGI request with its connection, which endpoints may write to while they work.
final class FastCGIExchange: ResponseChannel {
  let request: FastCGIRequest

  /// Reads the parameters of an accepted connection.
  /// - Returns: nil when the peer sent no whole request; the connection is closed then.
  init?(connection: Int32) {
    guard let request = FastCGIRequest(connection: connection) else { return nil }
    self.request = request
  }

  func send(_ bytes: [UInt8]) -> Bool { request.write(bytes) && request.flush() }
}

/// Standard output of a CGI script.
final class CGIChannel: ResponseChannel {
  func send(_ bytes: [UInt8]) -> Bool { Terminal.write(bytes) }
}
