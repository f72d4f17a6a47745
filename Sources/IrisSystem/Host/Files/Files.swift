internal import CSystem

/// Small files of the service: configuration, key files, the spool. All names are paths; symbolic links are followed
/// when reading (credentials and `_FILE` secrets are often links) and never when writing.
package enum Files {
  /// The whole content of a regular file of at most `limit` bytes.
  package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    // O_NONBLOCK: a FIFO put in the file's place must not hang the start.
    guard let file = FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK) else { throw failure("open", path) }
    guard let status = file.status() else { throw failure("examine", path) }
    guard FileStatus(status).kind == .regular else { throw .notRegular(path: path) }
    guard let bytes = file.read(upTo: limit + 1) else { throw failure("read", path) }
    guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
    return bytes
  }

  /// What kind of file it is, whose, who may use it, and the marks by which a change is noticed.
  package static func status(of path: String) throws(FileError) -> FileStatus {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw failure("examine", path) }
    return FileStatus(status)
  }

  /// Replaces a file, or makes it, so that a reader and a crash see either the old content or the new, never a part.
  ///
  /// The new content is on the disk when this returns: written beside the old, fsync, rename, fsync of the directory.
  /// - Parameter permissions: the file's mode; nothing for others by default.
  package static func replace(
    _ path: String, with bytes: [UInt8], permissions: UInt32 = 0o600
  ) throws(FileError) {
    let draft = "\(path).\(getpid()).new"
    _ = unsafe unlink(draft)
    do throws(FileError) {
      try write(bytes, toNew: draft, permissions: permissions)
      guard unsafe rename(draft, path) == 0 else { throw failure("replace", path) }
    } catch {
      _ = unsafe unlink(draft)
      throw error
    }
    try syncDirectory(of: path)
  }

  /// The names in a directory, sorted by byte, without `.` and `..`.
  package static func list(_ path: String) throws(FileError) -> [String] {
    guard let directory = unsafe opendir(path) else { throw failure("list", path) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let next = unsafe iris_next_name(directory) {
      let name = unsafe String(cString: next)
      if name != ".", name != ".." { names.append(name) }
    }
    guard iris_errno() == 0 else { throw failure("list", path) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether files can be made in this directory by the process as it runs now.
  package static func isWritableDirectory(_ path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0, FileStatus(status).kind == .directory else { return false }
    return unsafe faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0
  }

  /// The bytes that an ordinary user may still write on the file system of this path.
  package static func freeBytes(at path: String) throws(FileError) -> UInt64 {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { throw failure("examine the file system of", path) }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  /// Makes one directory; its parent must exist. That it exists already is no error.
  package static func createDirectory(_ path: String, permissions: UInt32 = 0o700) throws(FileError) {
    guard unsafe mkdir(path, mode_t(permissions)) != 0 else { return }
    let error = failure("make the directory", path)
    var status = stat()
    guard unsafe stat(path, &status) == 0, FileStatus(status).kind == .directory else { throw error }
  }

  /// Removes a file or an empty directory; that there is none is no error.
  package static func remove(_ path: String) throws(FileError) {
    guard unsafe CSystem.remove(path) != 0, iris_errno() != ENOENT else { return }
    throw failure("remove", path)
  }
}

extension Files {
  /// Opens or makes a regular file of ours and takes its exclusive lock; the lock goes with the descriptor.
  static func openLocked(_ path: String, flags: Int32) throws(FileError) -> FileDescriptor {
    while true {
      guard let file = FileDescriptor(opening: path, flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK) else {
        throw failure("open", path)
      }
      guard retryingInterrupted({ flock(file.number, LOCK_EX) }) == 0 else { throw failure("lock", path) }
      guard let status = file.status() else { throw failure("examine", path) }
      guard FileStatus(status).kind == .regular else { throw .notRegular(path: path) }
      if isStill(status, at: path) { return file }
    }
  }

  /// Whether the file that was opened is the one of that name, and not one replaced while its lock was waited for.
  static func isStill(_ opened: stat, at path: String) -> Bool {
    var named = stat()
    return unsafe lstat(path, &named) == 0 && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev
  }

  /// Makes a file that must not exist yet; its content is on the disk on return.
  static func write(_ bytes: [UInt8], toNew path: String, permissions: UInt32) throws(FileError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    guard let file = FileDescriptor(opening: path, flags, mode: permissions) else { throw failure("make", path) }
    guard file.write(bytes), fsync(file.number) == 0 else { throw failure("write", path) }
  }

  /// Makes the directory's entry durable, after a rename or a new file.
  static func syncDirectory(of path: String) throws(FileError) {
    let parent = directory(of: path)
    guard let directory = FileDescriptor(opening: parent, O_RDONLY | O_DIRECTORY) else { throw failure("open", parent) }
    guard fsync(directory.number) == 0 else { throw failure("sync", parent) }
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The error for what the last system call reported.
  static func failure(_ action: String, _ path: String) -> FileError {
    let code = iris_errno()
    return code == ENOENT ? .notFound(path: path) : .failed(action: action, path: path, code: code)
  }
}
