import IrisSystem
import Testing

@testable import IrisFCGI

/// The key of the day for addresses.
struct AddressHashesTests {
  private let folder: TemporaryFolder
  /// 2026-11-21T12:00:00Z.
  private static let noon: Int64 = 1_795_262_400_000
  private static let day: Int64 = 86_400_000

  init() throws { folder = try TemporaryFolder() }

  private func worker() -> AddressHashes { AddressHashes(directory: folder.path, log: nil) }

  private func files() throws -> [String] { try Files.list(folder.path) }

  @Test func `two workers say the same of an address, and different things of two`() throws {
    let (one, other) = (worker(), worker())
    let hash = try #require(one.hash("192.0.2.1", nowMilliseconds: Self.noon))
    #expect(hash.utf8.count == 16 && hash.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "f") ~= $0 })
    #expect(other.hash("192.0.2.1", nowMilliseconds: Self.noon + 1) == hash)
    #expect(other.hash("192.0.2.2", nowMilliseconds: Self.noon) != hash)
    #expect(try files() == ["address-key-2026-11-21"])
    let status = try Files.status(of: "\(folder.path)/address-key-2026-11-21")
    #expect(status.permissions == 0o600 && status.identity.size == 32)
  }

  @Test func `a network of IPv6 is one client`() throws {
    let worker = worker()
    let hash = worker.hash("2001:db8:1:2::1", nowMilliseconds: Self.noon)
    #expect(hash != nil && worker.hash("2001:db8:1:2:ffff::9", nowMilliseconds: Self.noon) == hash)
    #expect(worker.hash("2001:db8:1:3::1", nowMilliseconds: Self.noon) != hash)
  }

  @Test(arguments: [nil, "", "unix:", "localhost"])
  func `what is no address has no hash`(address: String?) {
    #expect(worker().hash(address, nowMilliseconds: Self.noon) == nil)
  }

  @Test func `the next day has another key, and the old one is gone`() throws {
    let (one, other) = (worker(), worker())
    let evening = Self.noon + Self.day / 2 - 1
    let hash = one.hash("192.0.2.1", nowMilliseconds: evening)
    #expect(one.hash("192.0.2.1", nowMilliseconds: Self.noon) == hash)
    let next = one.hash("192.0.2.1", nowMilliseconds: evening + 1)
    #expect(next != nil && next != hash)
    #expect(try files() == ["address-key-2026-11-22"])
    #expect(other.hash("192.0.2.1", nowMilliseconds: evening + 1) == next)
  }

  /// Midnight comes between the two workers' readings of the clock.
  @Test func `a worker that is still in the day before takes nobody's key away`() throws {
    let (early, late) = (worker(), worker())
    let new = late.hash("192.0.2.1", nowMilliseconds: Self.noon + Self.day)
    _ = early.hash("192.0.2.1", nowMilliseconds: Self.noon)
    #expect(try files() == ["address-key-2026-11-21", "address-key-2026-11-22"])
    #expect(early.hash("192.0.2.1", nowMilliseconds: Self.noon + Self.day) == new)
    #expect(try files() == ["address-key-2026-11-22"])
  }

  @Test func `many that begin the day at once agree`() throws {
    let path = folder.path
    let hashes = try concurrently(16) { _ in
      AddressHashes(directory: path, log: nil).hash("192.0.2.1", nowMilliseconds: Self.noon)
    }
    #expect(Set(hashes).count == 1 && hashes[0] != nil)
  }

  @Test(arguments: ["/nonexistent", "/proc"])
  func `without a folder each worker has a key of its own`(directory: String) throws {
    let (one, other) = (AddressHashes(directory: directory, log: nil), AddressHashes(directory: directory, log: nil))
    let hash = one.hash("192.0.2.1", nowMilliseconds: Self.noon)
    #expect(hash != nil && one.hash("192.0.2.1", nowMilliseconds: Self.noon + 1) == hash)
    #expect(other.hash("192.0.2.1", nowMilliseconds: Self.noon) != hash)
  }

  @Test(arguments: [0o600, 0o644] as [UInt32])
  func `a file that is cut off or open to others is no key`(permissions: UInt32) throws {
    let content = String(repeating: "k", count: permissions == 0o600 ? 31 : 32)
    try folder.write("address-key-2026-11-21", content, permissions: permissions)
    let (one, other) = (worker(), worker())
    let hash = one.hash("192.0.2.1", nowMilliseconds: Self.noon)
    #expect(hash != nil && other.hash("192.0.2.1", nowMilliseconds: Self.noon) != hash)
  }

  @Test func `what is left of days before is removed, and nothing else`() throws {
    for name in ["address-key-2026-11-20", "address-key-2026-11-19.7.new", "scoreboard", "address-key-2026-11-21"] {
      try folder.write(name, "x")
    }
    AddressHashes.removeExpired(in: folder.path, nowMilliseconds: Self.noon)
    #expect(try files() == ["address-key-2026-11-21", "scoreboard"])
  }
}
