import IrisSystem
import Testing

/// Files that are written through gzip.
struct GzipFileTests {
  private let folder = try? TemporaryDirectory()

  private func path(_ name: String) throws -> String { "\(try #require(folder).path)/\(name)" }

  @Test func `what goes in is there on the disk, for its owner alone`() throws {
    let path = try path("a.gz")
    let file = try GzipFile(making: path)
    for _ in 1...100 { try file.write([UInt8](repeating: 65, count: 100_000)) }
    try file.finish()
    let status = try Files.status(of: path)
    #expect(status.permissions == 0o600 && status.identity.size < 100_000)
    #expect(try Files.read(path, limit: 1 << 20).prefix(2) == [0x1F, 0x8B])
    #expect(try GzipFile.isWhole(path))
  }

  @Test func `nothing at all is a whole file`() throws {
    let path = try path("empty.gz")
    try GzipFile(making: path).finish()
    #expect(try GzipFile.isWhole(path))
  }

  @Test func `a file that is there is not written over`() throws {
    let path = try path("b.gz")
    try Files.replace(path, with: [1])
    #expect(throws: FileError.self) { _ = try GzipFile(making: path) }
    #expect(try Files.read(path, limit: 10) == [1])
  }

  @Test func `a file that was cut off or is another is noticed`() throws {
    let path = try path("c.gz")
    let file = try GzipFile(making: path)
    try file.write((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
    try file.finish()
    let whole = try Files.read(path, limit: 1 << 20)
    for bytes in [Array(whole.dropLast(5)), Array(whole.prefix(10)), [], [1, 2, 3], whole + [0, 1]] {
      try Files.replace(path, with: bytes)
      #expect(try !GzipFile.isWhole(path), "\(bytes.count) bytes")
    }
  }

  @Test func `after its end nothing is written, and it does not end twice`() throws {
    let file = try GzipFile(making: try path("d.gz"))
    try file.finish()
    #expect(throws: FileError.self) { try file.write([1]) }
    #expect(throws: FileError.self) { try file.finish() }
  }

  @Test func `one that is given up ends with its owner`() throws {
    let path = try path("e.gz")
    do {
      let file = try GzipFile(making: path)
      try file.write([1, 2, 3])
    }
    try Files.remove(path)
  }

  @Test func `a name that is taken is not given again`() throws {
    let (draft, name) = (try path("f.part"), try path("f.gz"))
    try Files.replace(draft, with: [1])
    try Files.settle(draft, as: name)
    #expect(try Files.read(name, limit: 10) == [1])
    try Files.replace(draft, with: [2])
    #expect(throws: FileError.self) { try Files.settle(draft, as: name) }
    #expect(try Files.read(name, limit: 10) == [1])
  }
}
