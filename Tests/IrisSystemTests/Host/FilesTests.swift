import Glibc
import IrisSystem
import Testing

struct FilesTests {
  @Test func `reads a whole file up to the limit`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    for count in [0, 1, 65_536, 200_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      try Files.replace(path, with: bytes)
      #expect(try Files.read(path, limit: count) == bytes)
      #expect(try Files.read(path, limit: count + 1) == bytes)
    }
    #expect(throws: FileError.tooLarge(path: path, limit: 199_999)) { try Files.read(path, limit: 199_999) }
  }

  @Test func `what is no readable file is an error that names it`() throws {
    let directory = try TemporaryDirectory()
    let missing = directory.file("missing")
    #expect(throws: FileError.notFound(path: missing)) { try Files.read(missing, limit: 1) }
    #expect(throws: FileError.notRegular(path: directory.path)) { try Files.read(directory.path, limit: 1) }
    #expect(throws: FileError.notRegular(path: "/dev/zero")) { try Files.read("/dev/zero", limit: 1) }
    let error = FileError.failed(action: "open", path: "/x", code: EACCES)
    #expect(error.description == "cannot open /x: Permission denied")
  }

  @Test func `a FIFO in a file's place is refused without waiting for its writer`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("fifo")
    #expect(unsafe mkfifo(path, 0o600) == 0)
    #expect(throws: FileError.notRegular(path: path)) { try Files.read(path, limit: 1) }
    #expect(throws: FileError.self) { try Files.appendDurably([1], to: path, isNew: false) }
  }

  @Test func `replacing changes the identity and leaves no draft`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    try Files.replace(path, with: [1])
    let before = try Files.status(of: path)
    #expect(before.permissions == 0o600 && before.kind == .regular && before.ownerID == HostProcess.userID)
    #expect(try Files.status(of: path).identity == before.identity)
    try Files.replace(path, with: [2], permissions: 0o640)
    let after = try Files.status(of: path)
    #expect(after.identity != before.identity)
    #expect(after.permissions == 0o640)
    #expect(try Files.list(directory.path) == ["f"])
  }

  @Test func `a failed replacement leaves the old content and no draft`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("taken")
    try Files.createDirectory(path)
    #expect(throws: FileError.self) { try Files.replace(path, with: [1]) }
    #expect(try Files.list(directory.path) == ["taken"])
    #expect(throws: FileError.self) { try Files.replace(directory.file("none/f"), with: [1]) }
  }

  @Test func `a symbolic link is read through and never written through`() throws {
    let directory = try TemporaryDirectory()
    let target = directory.file("target")
    let link = directory.file("link")
    try Files.replace(target, with: [1])
    #expect(unsafe symlink(target, link) == 0)
    #expect(try Files.read(link, limit: 8) == [1])
    #expect(throws: FileError.self) { try Files.appendDurably([2], to: link, isNew: false) }
    try Files.replace(link, with: [3])
    #expect(try Files.read(target, limit: 8) == [1])
    #expect(try Files.read(link, limit: 8) == [3])
  }

  @Test func `lists names in byte order`() throws {
    let directory = try TemporaryDirectory()
    for name in ["b", "a", ".hidden", "é", "B"] { try Files.replace(directory.file(name), with: []) }
    #expect(try Files.list(directory.path) == [".hidden", "B", "a", "b", "é"])
    #expect(throws: FileError.notFound(path: directory.file("x"))) { try Files.list(directory.file("x")) }
    #expect(throws: FileError.self) { try Files.list(directory.file("a")) }
  }

  @Test func `knows writable directories, kinds, modes and free space`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    try Files.replace(path, with: [1, 2, 3], permissions: 0o604)
    #expect(Files.isWritableDirectory(directory.path))
    #expect(!Files.isWritableDirectory(path))
    #expect(!Files.isWritableDirectory(directory.file("none")))
    #expect(!Files.isWritableDirectory("/proc/self/fdinfo/none"))
    #expect(try Files.status(of: path).identity.size == 3)
    #expect(try Files.status(of: path).isOpenToOthers)
    #expect(try !Files.status(of: directory.path).isOpenToOthers)
    #expect(try Files.status(of: directory.path).kind == .directory)
    #expect(try Files.status(of: "/dev/null").kind == .other)
    #expect(try Files.freeBytes(at: directory.path) > 0)
    #expect(throws: FileError.self) { try Files.freeBytes(at: directory.file("none")) }
  }

  @Test func `making and removing twice is no error, a file in the way is`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("d")
    try Files.createDirectory(path)
    try Files.createDirectory(path)
    #expect(try Files.status(of: path).permissions == 0o700)
    try Files.remove(path)
    try Files.remove(path)
    try Files.replace(path, with: [])
    #expect(throws: FileError.self) { try Files.createDirectory(path) }
  }
}
