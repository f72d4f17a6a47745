import IrisSystem

/// How the configuration reads files; tests replace a function to have a file that is denied or changes at will.
struct FileAccess: Sendable {
  /// The content of a regular file of at most so many bytes.
  var read: @Sendable (_ path: String, _ limit: Int) throws(FileError) -> [UInt8]
  var status: @Sendable (_ path: String) throws(FileError) -> FileStatus

  /// The files of this machine.
  static let host = FileAccess(
    read: { (path, limit) throws(FileError) in try Files.read(path, limit: limit) },
    status: { (path) throws(FileError) in try Files.status(of: path) })

  /// The marks by which a change of the file is noticed; nil while it cannot be examined.
  func identity(of path: String) -> FileStatus.Identity? {
    do { return try status(path).identity } catch { return nil }
  }

  func exists(_ path: String) -> Bool { identity(of: path) != nil }

  func isRegular(_ path: String) -> Bool {
    do { return try status(path).kind == .regular } catch { return false }
  }

  func isOpenToOthers(_ path: String) -> Bool {
    do { return try status(path).isOpenToOthers } catch { return false }
  }
}
