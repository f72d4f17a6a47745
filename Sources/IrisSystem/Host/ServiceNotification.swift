internal import CSystem

/// Tells the service manager how the worker is doing, by systemd's datagram protocol (sd_notify(3)), without libsystemd.
///
/// Without `NOTIFY_SOCKET` (a shell, CGI, a runner that does not ask) everything here does nothing.
package struct ServiceNotification: Sendable {
  /// The socket's path; an abstract name, `@…` in the environment, begins with a NUL byte here.
  private let name: [CChar]?

  /// How often `WATCHDOG=1` must arrive, in microseconds, or nil when no watchdog is set for this process; a worker
  /// sends at half that time (sd_watchdog_enabled(3)).
  package private(set) var watchdogInterval: Int64?

  package init(environment: [String: String] = HostProcess.environment, processID: Int32 = HostProcess.id) {
    name = Self.socketName(environment["NOTIFY_SOCKET"])
    watchdogInterval = Self.interval(in: environment, processID: processID)
  }

  /// Whether a service manager listens.
  package var isHeard: Bool { name != nil }

  /// Sends assignments such as `READY=1` or `STATUS=…`, one to a line. Never waits: a full socket loses the message.
  /// - Returns: whether it was handed over.
  @discardableResult
  package func send(_ state: String) -> Bool {
    guard let name else { return false }
    let message = Array(state.utf8)
    return unsafe iris_send_datagram(name, name.count, message, message.count) == 0
  }

  /// Has the watchdog wait at least so many microseconds; one that waits longer, or is not set, stays as it is.
  package mutating func extendWatchdog(to least: Int64) {
    guard let interval = watchdogInterval, interval < least, send("WATCHDOG_USEC=\(least)") else { return }
    watchdogInterval = least
  }

  /// Only absolute paths and abstract names are addresses of the protocol that we speak.
  private static func socketName(_ value: String?) -> [CChar]? {
    guard let value else { return nil }
    var name = Array(value.utf8CString.dropLast())
    switch value.utf8.first {
    case UInt8(ascii: "/"): break
    case UInt8(ascii: "@"): name[0] = 0
    default: return nil
    }
    return name
  }

  /// `WATCHDOG_PID` is inherited by children that the manager does not mean.
  private static func interval(in environment: [String: String], processID: Int32) -> Int64? {
    if let addressee = environment["WATCHDOG_PID"], Int32(addressee) != processID { return nil }
    guard let interval = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), interval > 0 else { return nil }
    return interval
  }
}
