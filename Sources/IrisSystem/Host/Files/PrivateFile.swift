internal import CSystem

extension Files {
  /// The content of a regular file that is its owner's alone, with its status: for what the program wrote itself and
  /// believes because nobody else could have written it. No symbolic link is followed.
  /// - Parameter owner: this user, unless root reads what another one wrote.
  package static func readPrivate(
    _ path: String, limit: Int, owner: UInt32 = HostProcess.userID
  ) throws(FileError) -> (bytes: [UInt8], status: FileStatus) {
    guard let file = FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) else {
      throw failure("open", path)
    }
    guard let found = file.status() else { throw failure("examine", path) }
    let status = FileStatus(found)
    guard status.kind == .regular else { throw .notRegular(path: path) }
    guard status.ownerID == owner, status.permissions & 0o077 == 0 else { throw .notPrivate(path: path) }
    guard let bytes = file.read(upTo: limit + 1) else { throw failure("read", path) }
    guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
    return (bytes, status)
  }
}
