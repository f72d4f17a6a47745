import IrisSystem
import Testing

struct SharedMemoryTests {
  @Test func `words start at zero, are shared by path and survive the mapping`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("scoreboard")
    do {
      let one = try SharedMemory(path: path, count: 10, version: 1)
      let other = try SharedMemory(path: path, count: 10, version: 1)
      #expect(try (0..<10).allSatisfy { try one.cell($0).load() == 0 })
      try one.cell(9).store(.max)
      #expect(try other.cell(9).load() == .max)
      #expect(try other.cell(8).load() == 0)
    }
    #expect(try SharedMemory(path: path, count: 10, version: 1).cell(9).load() == .max)
    #expect(try Files.status(of: path).permissions == 0o600)
    #expect(try Files.status(of: path).identity.size == 64 + 10 * 8)
  }

  @Test func `add and exchange tell what was there`() throws {
    let directory = try TemporaryDirectory()
    let cell = try SharedMemory(path: directory.file("m"), count: 1, version: 1).cell(0)
    #expect(cell.add(5) == 0)
    #expect(cell.add(0 &- 2) == 5)
    #expect(!cell.exchange(expected: 5, desired: 9))
    #expect(cell.load() == 3)
    #expect(cell.exchange(expected: 3, desired: 9))
    #expect(cell.load() == 9)
  }

  @Test(arguments: [-1, 4, Int.max, Int.min]) func `a word outside is refused`(index: Int) throws {
    let directory = try TemporaryDirectory()
    let memory = try SharedMemory(path: directory.file("m"), count: 4, version: 1)
    #expect(throws: SharedMemoryError.noSuchWord(index: index, count: 4)) { try memory.cell(index) }
  }

  @Test func `a cell keeps its memory mapped`() throws {
    let directory = try TemporaryDirectory()
    var memory: SharedMemory? = try SharedMemory(path: directory.file("m"), count: 1, version: 1)
    let cell = try #require(try memory?.cell(0))
    memory = nil
    cell.store(7)
    #expect(cell.load() == 7)
  }

  @Test func `another version, size or content is replaced, and the old mapping lives on`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("m")
    let old = try SharedMemory(path: path, count: 4, version: 1)
    try old.cell(0).store(42)
    #expect(try SharedMemory(path: path, count: 4, version: 2).cell(0).load() == 0)
    #expect(try old.cell(0).load() == 42)
    #expect(try SharedMemory(path: path, count: 5, version: 2).cell(4).load() == 0)
    for content in [[1], [UInt8](repeating: 0, count: 104), [UInt8](repeating: 0xFF, count: 104)] as [[UInt8]] {
      try Files.replace(path, with: content)
      #expect(try SharedMemory(path: path, count: 5, version: 2).cell(4).load() == 0)
    }
    #expect(try Files.list(directory.path) == ["m"])
  }

  @Test func `a file made but not yet filled is completed in place`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("m")
    try Files.replace(path, with: [])
    let inode = try Files.status(of: path).identity.inode
    try SharedMemory(path: path, count: 4, version: 1).cell(0).store(1)
    #expect(try Files.status(of: path).identity.inode == inode)
  }

  @Test func `an onlooker neither makes nor replaces the file`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("m")
    #expect(throws: SharedMemoryError.file(.notFound(path: path))) {
      try SharedMemory(existing: path, count: 4, version: 1)
    }
    let memory = try SharedMemory(path: path, count: 4, version: 1)
    try memory.cell(2).store(3)
    #expect(try SharedMemory(existing: path, count: 4, version: 1).cell(2).load() == 3)
    #expect(throws: SharedMemoryError.otherLayout(path: path)) {
      try SharedMemory(existing: path, count: 4, version: 2)
    }
    #expect(try memory.cell(2).load() == 3)
  }

  @Test func `directories and missing parents are errors in words`() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: SharedMemoryError.self) { try SharedMemory(path: directory.path, count: 1, version: 1) }
    let path = directory.file("none/m")
    let error = #expect(throws: SharedMemoryError.self) { try SharedMemory(path: path, count: 1, version: 1) }
    #expect(error?.description == "\(path) does not exist")
  }

  @Test func `openers at the same time agree on one file and no addition is lost`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("m")
    try Files.replace(path, with: [1, 2, 3])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let cell = try SharedMemory(path: path, count: 1, version: 1).cell(0)
          for _ in 0..<20_000 { cell.add(1) }
        }
      }
      try await group.waitForAll()
    }
    #expect(try SharedMemory(path: path, count: 1, version: 1).cell(0).load() == 160_000)
  }

  @Test func `another process sees the words, and its own outlive it`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("m")
    let memory = try SharedMemory(path: path, count: 2, version: 1)
    try memory.cell(0).store(20)
    await #expect(processExitsWith: .success) { [path = path as String] in
      let memory = try SharedMemory(path: path, count: 2, version: 1)
      #expect(try memory.cell(0).add(1) == 20)
      try memory.cell(1).store(UInt64(HostProcess.id))
    }
    #expect(try memory.cell(0).load() == 21)
    let other = try memory.cell(1).load()
    #expect(other != 0 && other != UInt64(HostProcess.id))
  }
}
