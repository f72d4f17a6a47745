import Glibc
import Testing

@testable import IrisSystem

struct ListenQueueTests {
  private static func inode(_ descriptor: Int32) -> UInt64 {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  /// Containers may keep netlink from their processes, and a kernel may lack unix_diag.
  private static let isAllowed: Bool = {
    guard let directory = try? TemporaryDirectory(), let listener = try? LocalSocket.listen(unix: directory.file("s"))
    else { return true }
    defer { LocalSocket.close(listener) }
    return ListenQueue(socket: inode(listener)) != nil
  }()

  @Test(.enabled(if: isAllowed, "the kernel does not tell of unix sockets here"))
  func `connections that wait are counted until they are taken`() throws {
    let directory = try TemporaryDirectory()
    let listener = try LocalSocket.listen(unix: directory.file("chat.sock"))
    let socket = Self.inode(listener)
    #expect(ListenQueue(socket: socket) == ListenQueue(waiting: 0, backlog: 128))
    let clients = try (0..<3).map { _ in try LocalSocket.connect(unix: directory.file("chat.sock")) }
    #expect(ListenQueue(socket: socket) == ListenQueue(waiting: 3, backlog: 128))
    let taken = try LocalSocket.accept(listener)
    #expect(ListenQueue(socket: socket) == ListenQueue(waiting: 2, backlog: 128))
    ([taken] + clients).forEach(LocalSocket.close)
    // Who leaves the queue without having been taken is still to be taken.
    #expect(ListenQueue(socket: socket)?.waiting == 2)
    #expect(ListenQueue(socket: Self.inode(taken)) == nil)
    LocalSocket.close(listener)
    #expect(ListenQueue(socket: socket) == nil)
  }

  @Test func `nothing else has a queue`() throws {
    let (one, other) = try LocalSocket.pair()
    let tcp = try LocalSocket.listenTCP().descriptor
    defer { [one, other, tcp].forEach(LocalSocket.close) }
    for socket in [Self.inode(one), Self.inode(tcp), 0, 1, UInt64(UInt32.max), UInt64(UInt32.max) + 1, .max] {
      #expect(ListenQueue(socket: socket) == nil, "\(socket)")
    }
  }
}
