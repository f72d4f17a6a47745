internal import CFastCGI
internal import CSystem

/// What came of reading a request's body.
package enum BodyRead: Equatable, Sendable {
  case complete([UInt8])
  /// The connection ended, stalled or broke before CONTENT_LENGTH bytes (FastCGI §6.2 says to give up then).
  case cut
}

/// One FastCGI request, from the parameters of an accepted connection to the end of its answer.
///
/// It owns the FCGX_Request, whose address libfcgi keeps, and the connection. The end of its life finishes the request
/// and closes the connection: one request each, so a kept connection cannot pin a worker.
@safe package struct FastCGIRequest: ~Copyable {
  private let request: UnsafeMutablePointer<FCGX_Request>

  /// Prepares libfcgi once per process. Its waits for a peer to close are bounded to 100 ms before it reads them; 0 would
  /// turn answers that leave a body unread into 502s.
  package static func prepareLibrary() {
    HostProcess.setEnvironment("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100")
    HostProcess.setEnvironment("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "100")
    FCGX_Init()
    // libfcgi installs handlers for signals that we read from a descriptor; SIGPIPE's must stay ignored.
    iris_ignore_signal(SIGPIPE)
  }

  /// Reads the parameters of a connection that `ConnectionQueue` accepted.
  ///
  /// libfcgi is handed the connection as if it had kept it, so that it skips its own accept and the poll before it.
  /// - Returns: nil when the peer sent no whole request; the connection is closed then.
  package init?(connection: Int32) {
    // A local one until it is good: once the stored one is set, `return nil` runs deinit, which finishes the request too.
    let request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
    unsafe FCGX_InitRequest(request, -1, 0)
    unsafe request.pointee.ipcFd = connection
    unsafe request.pointee.keepConnection = 1
    // With no listener to go on to, a bad peer ends in EBADF, and libfcgi has closed the connection.
    guard unsafe FCGX_Accept_r(request) == 0 else {
      unsafe request.deallocate()
      return nil
    }
    unsafe request.pointee.keepConnection = 0
    // Cut-off parameters are accepted by libfcgi; its stream knows.
    guard unsafe FCGX_GetError(request.pointee.in) == 0 else {
      unsafe FastCGIRequest.end(request)
      return nil
    }
    unsafe self.request = request
  }

  deinit { unsafe FastCGIRequest.end(request) }

  /// Ends the request as FCGX_Finish_r does, but for the close: libfcgi's waits for as long as a peer goes on sending.
  @unsafe private static func end(_ request: UnsafeMutablePointer<FCGX_Request>) {
    unsafe FCGX_FClose(request.pointee.err)
    unsafe FCGX_FClose(request.pointee.out)
    let connection = unsafe request.pointee.ipcFd
    unsafe FCGX_Free(request, 0)
    unsafe request.deallocate()
    if connection >= 0 { ClientConnection.closeGently(connection) }
  }

  /// The connection, for waiting on the client's leaving.
  package var descriptor: Int32 { unsafe request.pointee.ipcFd }

  /// A CGI variable (RFC 3875 §4.1); bytes that are not UTF-8 become U+FFFD.
  package func variable(_ name: String) -> String? {
    guard let value = unsafe FCGX_GetParam(name, request.pointee.envp) else { return nil }
    return unsafe String(cString: value)
  }

  /// Reads `length` bytes of body, for at most `milliseconds` however slowly they come.
  package func readBody(length: Int, milliseconds: Int) -> BodyRead {
    guard length > 0, let stream = unsafe request.pointee.in else { return .complete([]) }
    let end = Clock.monotonicMicroseconds + Int64(milliseconds) * 1_000
    var body: [UInt8] = []
    body.reserveCapacity(length)
    while body.count < length {
      // One byte makes libfcgi read the socket once; the rest of what arrived is taken without waiting for more.
      let first = unsafe FCGX_GetChar(stream)
      guard first >= 0, Clock.monotonicMicroseconds < end else { return .cut }
      body.append(UInt8(truncatingIfNeeded: first))
      guard let next = unsafe stream.pointee.rdNext, let stop = unsafe stream.pointee.stop else { continue }
      let available = unsafe min(stop - next, length - body.count)
      guard available > 0 else { continue }
      unsafe body.append(contentsOf: UnsafeBufferPointer(start: next, count: available))
      unsafe stream.pointee.rdNext = next + available
    }
    return unsafe FCGX_GetError(stream) == 0 ? .complete(body) : .cut
  }

  /// Writes a part of the answer into libfcgi's 8 KiB buffer.
  /// - Returns: false when the client has left or does not read.
  package func write(_ bytes: [UInt8]) -> Bool {
    guard !bytes.isEmpty else { return true }
    let written = unsafe bytes.withUnsafeBytes { buffer in
      unsafe FCGX_PutStr(
        buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: buffer.count), request.pointee.out)
    }
    return written == Int32(clamping: bytes.count)
  }

  /// Ends the answer: what is left of it and END_REQUEST go out in one write.
  /// - Returns: false when the client has left or does not read.
  package func finish() -> Bool {
    let closed = unsafe (FCGX_FClose(request.pointee.err), FCGX_FClose(request.pointee.out))
    return closed.0 == 0 && closed.1 == 0
  }

  /// Ends the connection in place of END_REQUEST, so that the front end and its client know that the answer is not whole.
  package func breakOff() { unsafe ClientConnection.breakOff(request.pointee.ipcFd) }

  /// Sends what was written so far, for answers that come in parts.
  /// - Returns: false when the client has left or does not read.
  package func flush() -> Bool { unsafe FCGX_FFlush(request.pointee.out) == 0 }
}
