internal import CSystem

/// Which pool of workers this process belongs to: one place for the log and for what workers show of themselves.
///
/// It is the name of the socket that the pool shares, which every process manager gives: `/run/iris/chat.sock` is `chat`.
package enum PoolName {
  /// A worker without a socket: CGI, or a command.
  package static let alone = "cgi"
  /// A socket whose name says nothing: of TCP, abstract, or too odd for a log or a label.
  package static let unknown = "other"

  /// This process's.
  package static let current = ListeningSocket.inherited(environment: HostProcess.environment)?.poolName ?? alone

  /// The name in a socket's path: the last part without `.sock`, if that is 1 to 16 of `a-z0-9_-`.
  static func name(in path: String) -> String {
    guard let file = path.split(separator: "/").last, file.hasSuffix(".sock") else { return unknown }
    let name = file.dropLast(5)
    return (1...16).contains(name.utf8.count) && name.utf8.allSatisfy(isAllowed) ? String(name) : unknown
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }
}

extension ListeningSocket {
  /// The pool that this socket feeds.
  package var poolName: String {
    let path = unsafe [UInt8](unsafeUninitializedCapacity: Int(iris_longest_socket_path)) { buffer, count in
      count = unsafe Int(iris_socket_path(descriptor, buffer.baseAddress))
    }
    return PoolName.name(in: String(decoding: path, as: UTF8.self))
  }
}
