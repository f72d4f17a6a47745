internal import CSystem

/// Holds the exclusive lock (flock(2)) of a file or a folder until it goes out of scope or the process ends, however it
/// ends. A folder's needs no file of its own, which another user might have made.
package struct FileLock: ~Copyable {
  private let file: FileDescriptor

  private init(_ file: consuming FileDescriptor) { self.file = file }

  /// Takes the lock of what is at the path.
  /// - Returns: nil when somebody else holds it; nobody is waited for.
  package static func take(_ path: String) throws(FileError) -> FileLock? {
    guard let file = FileDescriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
      throw Files.failure("open", path)
    }
    guard retryingInterrupted({ flock(file.number, LOCK_EX | LOCK_NB) }) == 0 else {
      guard iris_errno() == EWOULDBLOCK else { throw Files.failure("lock", path) }
      return nil
    }
    return FileLock(file)
  }
}
