import Dispatch
import Glibc
import Synchronization

/// Raw sockets for the tests' peers, who do what no library would.
enum LocalSocket {
  struct Failure: Error {
    let call: String
    let code: Int32
  }

  private static func check(_ result: Int32, _ call: String) throws -> Int32 {
    guard result >= 0 else { throw Failure(call: call, code: errno) }
    return result
  }

  private static func make(_ family: Int32) throws -> Int32 {
    try check(socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
  }

  /// Calls `body` with the address of a unix socket.
  private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8.prefix(107)) }
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  static func listen(unix path: String) throws -> Int32 {
    let descriptor = try make(AF_UNIX)
    _ = try check(unsafe withAddress(path) { unsafe bind(descriptor, $0, $1) }, "bind")
    _ = try check(Glibc.listen(descriptor, 128), "listen")
    return descriptor
  }

  static func connect(unix path: String) throws -> Int32 {
    let descriptor = try make(AF_UNIX)
    _ = try check(unsafe withAddress(path) { unsafe Glibc.connect(descriptor, $0, $1) }, "connect")
    return descriptor
  }

  /// A listener on a free port of 127.0.0.1.
  static func listenTCP() throws -> (descriptor: Int32, port: Int) {
    let descriptor = try make(AF_INET)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(descriptor, generic, size) + Glibc.listen(descriptor, 128) + getsockname(descriptor, generic, &size)
      }
    }
    _ = try check(bound, "bind")
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  static func accept(_ listener: Int32) throws -> Int32 { try check(Glibc.accept(listener, nil, nil), "accept") }

  static func pair() throws -> (one: Int32, other: Int32) {
    var ends: [Int32] = [-1, -1]
    _ = try check(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends), "socketpair")
    return (ends[0], ends[1])
  }

  /// Sends everything; false when the other side has left.
  @discardableResult
  static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// What arrives next, at most `limit` bytes; empty at the end.
  static func receive(_ descriptor: Int32, limit: Int = 65_536) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = unsafe read(descriptor, &buffer, limit)
    return Array(buffer.prefix(max(0, count)))
  }

  /// Everything to the end.
  static func receiveAll(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let chunk = receive(descriptor)
      if chunk.isEmpty { return bytes }
      bytes += chunk
    }
  }

  /// Ends both directions, which wakes whoever waits on it.
  static func shutDown(_ descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1_000) }
}

/// Runs a peer on a thread of its own beside the test; `join` waits for its end.
final class Peer: Sendable {
  private let group = DispatchGroup()

  init(_ body: @escaping @Sendable () -> Void) {
    DispatchQueue(label: "peer").async(group: group) { body() }
  }

  func join() { group.wait() }
}

/// A value that a peer leaves for the test.
final class Shared<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  var value: Value {
    get { mutex.withLock { $0 } }
    set { mutex.withLock { $0 = newValue } }
  }

  func update(_ body: (inout Value) -> Void) { mutex.withLock { body(&$0) } }
}

/// Hands every connection of a listening socket to a peer, until it is let go of.
final class LocalServer: Sendable {
  private let listener: Int32
  private let isOver = Shared(false)

  /// - Parameters:
  ///   - listener: closed by the server's own thread: closed by another one, its number could be somebody else's by the
  ///     next accept.
  ///   - behave: runs on a thread per connection, which is closed at its end.
  init(listener: Int32, _ behave: @escaping @Sendable (Int32) -> Void) {
    self.listener = listener
    let isOver = isOver
    _ = Peer {
      while !isOver.value {
        guard let connection = try? LocalSocket.accept(listener) else { continue }
        _ = Peer {
          behave(connection)
          LocalSocket.close(connection)
        }
      }
      LocalSocket.close(listener)
    }
  }

  deinit {
    isOver.value = true
    LocalSocket.shutDown(listener)
  }
}
