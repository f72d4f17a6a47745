import IrisSystem
import Testing

struct PrivateFileTests {
  @Test func `a file of our own is read, with the marks of what was read`() throws {
    let folder = try TemporaryDirectory()
    let path = "\(folder.path)/keys"
    try Files.replace(path, with: [1, 2, 3])
    let (bytes, status) = try Files.readPrivate(path, limit: 3)
    let expected = try Files.status(of: path)
    #expect(bytes == [1, 2, 3] && status == expected)
    #expect(throws: FileError.tooLarge(path: path, limit: 2)) { try Files.readPrivate(path, limit: 2) }
    #expect(throws: FileError.notFound(path: path + "x")) { try Files.readPrivate(path + "x", limit: 2) }
    #expect(throws: FileError.notRegular(path: folder.path)) { try Files.readPrivate(folder.path, limit: 2) }
  }

  @Test(arguments: [0o640, 0o604, 0o610, 0o601] as [UInt32])
  func `a file that others can touch is not our own`(permissions: UInt32) throws {
    let folder = try TemporaryDirectory()
    let path = "\(folder.path)/keys"
    try Files.replace(path, with: [1], permissions: permissions)
    #expect(throws: FileError.notPrivate(path: path)) { try Files.readPrivate(path, limit: 9) }
  }
}
