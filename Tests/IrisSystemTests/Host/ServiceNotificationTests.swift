import Glibc
import IrisSystem
import Testing

struct ServiceNotificationTests {
  /// A datagram socket as the service manager has one.
  final class Manager {
    private let descriptor: Int32

    /// - Parameter name: a path, or an abstract name that begins with a NUL.
    init(name: String) throws {
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = Array(name.utf8)
      unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
      let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
      let bound = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
      }
      try #require(bound == 0)
    }

    deinit { close(descriptor) }

    func receive() -> String? {
      var buffer = [UInt8](repeating: 0, count: 1_000)
      let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
  }

  @Test func `sends to a path`() throws {
    let directory = try TemporaryDirectory()
    let manager = try Manager(name: directory.file("notify"))
    let notification = ServiceNotification(environment: ["NOTIFY_SOCKET": directory.file("notify")])
    #expect(notification.send("READY=1\nSTATUS=prêt"))
    #expect(manager.receive() == "READY=1\nSTATUS=prêt")
    #expect(manager.receive() == nil)
  }

  @Test func `sends to an abstract name`() throws {
    let name = "iris-test-\(try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds))"
    let manager = try Manager(name: "\0\(name)")
    #expect(ServiceNotification(environment: ["NOTIFY_SOCKET": "@\(name)"]).send("WATCHDOG=1"))
    #expect(manager.receive() == "WATCHDOG=1")
  }

  @Test(arguments: [
    nil, "", "relative", "vsock:2:1234", "/nonexistent/notify", "/" + String(repeating: "x", count: 107),
    "/" + String(repeating: "x", count: 100_000), "@", "/dev/null",
  ])
  func `does nothing where there is no such manager`(address: String?) {
    #expect(!ServiceNotification(environment: address.map { ["NOTIFY_SOCKET": $0] } ?? [:]).send("READY=1"))
  }

  @Test func `a manager that does not read holds nobody up`() throws {
    let directory = try TemporaryDirectory()
    let manager = try Manager(name: directory.file("notify"))
    let notification = ServiceNotification(environment: ["NOTIFY_SOCKET": directory.file("notify")])
    #expect((0..<100_000).contains { _ in !notification.send("WATCHDOG=1") })
    #expect(manager.receive() == "WATCHDOG=1")
  }

  @Test(
    arguments: [
      ([:], nil), (["WATCHDOG_USEC": "30000000"], 30_000_000),
      (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "77"], 30_000_000),
      (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "78"], nil),
      (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "x"], nil), (["WATCHDOG_USEC": "0"], nil),
      (["WATCHDOG_USEC": "-1"], nil), (["WATCHDOG_USEC": "soon"], nil), (["WATCHDOG_PID": "77"], nil),
    ] as [([String: String], Int64?)])
  func `the watchdog is set for this process alone`(environment: [String: String], interval: Int64?) {
    #expect(ServiceNotification(environment: environment, processID: 77).watchdogInterval == interval)
  }

  @Test(arguments: [
    // The watchdog's time in the unit, what is asked for, what is in force.
    ("5000000", Int64(7_000_000), Int64(7_000_000)), ("5000000", 5_000_000, 5_000_000),
    ("5000000", 4_000_000, 5_000_000), (nil, 7_000_000, nil),
  ])
  func `a watchdog waits longer when it is asked to, and never less`(unit: String?, least: Int64, most: Int64?) throws {
    let directory = try TemporaryDirectory()
    let manager = try Manager(name: directory.file("notify"))
    var environment = ["NOTIFY_SOCKET": directory.file("notify")]
    environment["WATCHDOG_USEC"] = unit
    var notification = ServiceNotification(environment: environment)
    notification.extendWatchdog(to: least)
    #expect(notification.watchdogInterval == most)
    #expect(manager.receive() == (most == least && unit != "\(least)" ? "WATCHDOG_USEC=\(least)" : nil))
  }
}
