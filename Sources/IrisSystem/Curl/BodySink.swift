internal import CCurl

/// Where the bytes of one reply's body go: to the follower when the status is one of success, else into memory. It counts
/// them all, and what it refuses makes libcurl end the transfer and close the connection.
@safe final class BodySink {
  /// The body, as far as nobody took it.
  private(set) var bytes: [UInt8] = []
  /// Why bytes were refused; nil: none were.
  private(set) var refusal: CurlError?
  private var count = 0
  private let limit: Int
  private let receive: (([UInt8]) -> Bool)?
  private let easy: UnsafeMutableRawPointer

  /// - Parameter easy: the transfer's handle, alive as long as this.
  init(limit: Int, easy: UnsafeMutableRawPointer, receive: (([UInt8]) -> Bool)?) {
    self.limit = limit
    unsafe self.easy = easy
    self.receive = receive
  }

  /// Takes what arrived: at most 16 KiB at once (CURL_MAX_WRITE_SIZE).
  /// - Returns: false to end the transfer.
  func take(_ chunk: UnsafeRawBufferPointer) -> Bool {
    count += chunk.count
    guard count <= limit else {
      refusal = .tooLarge
      return false
    }
    guard let receive, isSuccess else {
      unsafe bytes.append(contentsOf: chunk)
      return true
    }
    guard unsafe receive(Array(chunk)) else {
      refusal = .stopped
      return false
    }
    return true
  }

  /// Known by then: a body comes after its status line.
  private var isSuccess: Bool {
    var status = 0
    unsafe iris_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return (200...299).contains(status)
  }
}
