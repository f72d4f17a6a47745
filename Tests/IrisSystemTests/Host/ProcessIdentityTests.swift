import IrisSystem
import Testing

/// Telling a process that works from one that ended.
struct ProcessIdentityTests {
  @Test func `this process runs, and its name can be read back`() throws {
    let own = try #require(ProcessIdentity.current)
    #expect(own.standing == .running)
    #expect(ProcessIdentity(own.text) == own)
  }

  @Test func `a process of another start has ended`() throws {
    var parts = try #require(ProcessIdentity.current).text.split(separator: "/").map(String.init)
    parts[3] += "1"
    #expect(ProcessIdentity(parts.joined(separator: "/"))?.standing == .ended)
  }

  @Test func `a number that nobody has is a process that ended`() throws {
    var parts = try #require(ProcessIdentity.current).text.split(separator: "/").map(String.init)
    // Beyond the largest number that Linux gives (pid_max, 2^22).
    parts[2] = "4194305"
    #expect(ProcessIdentity(parts.joined(separator: "/"))?.standing == .ended)
  }

  @Test(arguments: [0, 1]) func `nothing is known of another boot or namespace`(place: Int) throws {
    var parts = try #require(ProcessIdentity.current).text.split(separator: "/").map(String.init)
    parts[place] = "elsewhere"
    #expect(ProcessIdentity(parts.joined(separator: "/"))?.standing == .unknown)
  }

  @Test(arguments: ["", "a", "a/b/c", "a/b/c/d", "a/b/0/d", "a/b/-1/d", "a/b/1/", "/b/1/d", "a/b/1/d/e"])
  func `what is no identity is refused`(text: String) {
    #expect(ProcessIdentity(text) == nil)
  }
}
