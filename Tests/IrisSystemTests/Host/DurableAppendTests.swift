import Glibc
import IrisSystem
import Testing

@Suite struct DurableAppendTests {
  @Test func `appending makes the file when told to, and adds to it`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    #expect(try Files.appendDurably([1], to: path, isNew: false) == .gone)
    #expect(try Files.appendDurably([1, 2], to: path, isNew: true) == .kept(size: 2))
    #expect(try Files.appendDurably([3], to: path, isNew: false) == .kept(size: 3))
    #expect(throws: FileError.self) { try Files.appendDurably([4], to: path, isNew: true) }
    #expect(try Files.read(path, limit: 8) == [1, 2, 3])
    #expect(try Files.status(of: path).permissions == 0o600)
  }

  @Test func `what is refused leaves no trace`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    #expect(try Files.appendDurably([1], to: path, isNew: true) { false } == .refused)
    #expect(try Files.list(directory.path) == [])
    _ = try Files.appendDurably([1], to: path, isNew: true)
    #expect(throws: FileError.notFound(path: "x")) {
      try Files.appendDurably([2], to: path, isNew: false) { () throws(FileError) in throw .notFound(path: "x") }
    }
    #expect(try Files.read(path, limit: 8) == [1])
  }

  @Test func `writers that append at the same time do not mix`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    _ = try Files.appendDurably([], to: path, isNew: true)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          for _ in 0..<20 {
            _ = try Files.appendDurably([UInt8](repeating: UInt8(writer), count: 5_000), to: path, isNew: false)
          }
        }
      }
      try await group.waitForAll()
    }
    let content = try Files.read(path, limit: 1_000_000)
    #expect(content.count == 400_000)
    #expect(stride(from: 0, to: content.count, by: 5_000).allSatisfy { Set(content[$0..<$0 + 5_000]).count == 1 })
  }

  @Test func `a write cut short is taken back`() async throws {
    // A limit on file sizes stands for a full disk; it binds a whole process, so this one has a process of its own.
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let path = directory.file("f")
      _ = try Files.appendDurably([UInt8](repeating: 1, count: 4_000), to: path, isNew: true)
      var limit = rlimit(rlim_cur: 5_000, rlim_max: 5_000)
      signal(SIGXFSZ, SIG_IGN)
      #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #expect(throws: FileError.failed(action: "append to", path: path, code: EFBIG)) {
        try Files.appendDurably([UInt8](repeating: 2, count: 4_000), to: path, isNew: false)
      }
      #expect(try Files.read(path, limit: 8_000) == [UInt8](repeating: 1, count: 4_000))
      #expect(throws: FileError.self) {
        try Files.appendDurably([UInt8](repeating: 2, count: 8_000), to: directory.file("g"), isNew: true)
      }
      #expect(try Files.list(directory.path) == ["f"])
    }
  }

  /// Every record is in one of the files, however often the file is taken away meanwhile.
  @Test func `a file that is taken away is found gone, and loses nothing`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    let writer = Task.detached {
      var isNew = true
      for _ in 0..<200 {
        while try Files.appendDurably([1], to: path, isNew: isNew) == .gone { isNew = true }
        isNew = false
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    var taken = 0
    while taken < 5 {
      if (try? Files.renameUnlessLocked(path, to: directory.file("t\(taken)"))) == true { taken += 1 }
      try await Task.sleep(for: .milliseconds(2))
    }
    try await writer.value
    let names = try Files.list(directory.path)
    #expect(try names.reduce(0) { try $0 + Files.read(directory.file($1), limit: 500).count } == 200)
    #expect(names.count >= 5)
  }

  @Test func `a file that somebody adds to is not taken`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    let outcome = try Files.appendDurably([1], to: path, isNew: true) { () throws(FileError) in
      try !Files.renameUnlessLocked(path, to: path + "x")
    }
    #expect(outcome == .kept(size: 1))
    #expect(try Files.renameUnlessLocked(path, to: path + "x"))
    #expect(throws: FileError.notFound(path: path)) { try Files.renameUnlessLocked(path, to: path + "x") }
  }

  @Test func `a file is made whole or not at all, and belongs to the folder's owner`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    if HostProcess.userID == 0 { #expect(unsafe chown(directory.path, 12_345, 12_345) == 0) }
    try Files.makeDurably(path, with: [1, 2])
    #expect(throws: FileError.self) { try Files.makeDurably(path, with: [3]) }
    let (bytes, status) = try Files.readPrivate(path, limit: 3, owner: Files.status(of: directory.path).ownerID)
    #expect(bytes == [1, 2] && status.permissions == 0o600)
  }

  @Test func `a folder's lock has one holder and goes with it`() throws {
    let directory = try TemporaryDirectory()
    func take(_ path: String) -> Bool {
      do {
        guard let lock = try FileLock.take(path) else { return false }
        extendLifetime(lock)
        return true
      } catch {
        return false
      }
    }
    if let first = try FileLock.take(directory.path) {
      #expect(!take(directory.path))
      extendLifetime(first)
    } else {
      Issue.record("nobody holds it")
    }
    #expect(take(directory.path) && take(directory.path))
    #expect(!take(directory.file("none")))
  }
}
