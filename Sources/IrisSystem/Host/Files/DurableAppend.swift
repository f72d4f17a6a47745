internal import CSystem

/// What became of an append.
package enum AppendOutcome: Equatable, Sendable {
  /// The bytes are on the disk; the file has so many by now.
  case kept(size: Int)
  /// There is no such file any more: somebody took it away to read it.
  case gone
  /// The caller would not have it; the file is as it was.
  case refused
}

/// Files of records that one process adds to and another takes away. Both hold the file's lock (flock(2)) meanwhile, so that
/// no record is added to a file that was taken; a process that dies gives its lock back.
extension Files {
  /// Adds to the end of a file; the bytes are on the disk on return. What fails or is refused half way is cut off again.
  /// - Parameters:
  ///   - isNew: makes the file with mode 0600; there must be none of that name.
  ///   - accepts: asked once the bytes are written and before they are durable.
  package static func appendDurably(
    _ bytes: [UInt8], to path: String, isNew: Bool, accepts: () throws(FileError) -> Bool = { true }
  ) throws(FileError) -> AppendOutcome {
    guard let file = try openForAppending(path, isNew: isNew) else { return .gone }
    guard let before = file.status() else { throw failure("examine", path) }
    do throws(FileError) {
      guard file.write(bytes) else { throw failure("append to", path) }
      guard try accepts() else {
        undo(file, path, to: before, isNew: isNew)
        return .refused
      }
      guard fdatasync(file.number) == 0 else { throw failure("append to", path) }
      if isNew { try syncDirectory(of: path) }
    } catch {
      undo(file, path, to: before, isNew: isNew)
      throw error
    }
    return .kept(size: Int(before.st_size) + bytes.count)
  }

  private static func undo(_ file: borrowing FileDescriptor, _ path: String, to before: stat, isNew: Bool) {
    if isNew { _ = unsafe unlink(path) }
    _ = ftruncate(file.number, before.st_size)
  }

  /// - Returns: nil when the file is not there, or was taken away while its lock was waited for.
  private static func openForAppending(_ path: String, isNew: Bool) throws(FileError) -> FileDescriptor? {
    let flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | (isNew ? O_CREAT | O_EXCL : 0)
    guard let file = FileDescriptor(opening: path, flags) else {
      if !isNew, iris_errno() == ENOENT { return nil }
      throw failure("open", path)
    }
    guard retryingInterrupted({ flock(file.number, LOCK_EX) }) == 0 else { throw failure("lock", path) }
    guard let status = file.status() else { throw failure("examine", path) }
    guard FileStatus(status).kind == .regular else { throw .notRegular(path: path) }
    guard isStill(status, at: path) else { return nil }
    return file
  }

  /// Renames a file, unless somebody is adding to it at this moment. Whoever would add to it later finds it gone.
  /// - Returns: false when it is locked.
  package static func renameUnlessLocked(_ path: String, to name: String) throws(FileError) -> Bool {
    guard let file = FileDescriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
      throw failure("open", path)
    }
    guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
      if iris_errno() == EWOULDBLOCK { return false }
      throw failure("lock", path)
    }
    guard unsafe rename(path, name) == 0 else { throw failure("rename", path) }
    return true
  }

  /// Makes a file that must not exist yet, with mode 0600; its content is on the disk on return. What root makes belongs to
  /// the folder's owner, who works with it later.
  package static func makeDurably(_ path: String, with bytes: [UInt8]) throws(FileError) {
    try write(bytes, toNew: path, permissions: 0o600)
    var folder = stat()
    if geteuid() == 0, unsafe stat(directory(of: path), &folder) == 0 {
      _ = unsafe lchown(path, folder.st_uid, folder.st_gid)
    }
    try syncDirectory(of: path)
  }
}
