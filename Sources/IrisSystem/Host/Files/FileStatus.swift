internal import CSystem

/// What stat(2) says about a file, as far as the service asks.
package struct FileStatus: Equatable, Sendable {
  /// The kinds that the service tells apart.
  package enum Kind: Sendable {
    case regular, directory, socket, other
  }

  /// The marks that differ when a file was replaced or rewritten: compare two to learn whether to read it again.
  package struct Identity: Equatable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    /// Time of the last change of the content, in nanoseconds since 1970.
    package let modifiedNanoseconds: Int64
  }

  package let kind: Kind
  package let identity: Identity
  /// The permission bits alone, such as 0o640, with set-user-ID, set-group-ID and sticky.
  package let permissions: UInt32
  package let ownerID: UInt32
  package let groupID: UInt32

  /// Whether users outside the file's group can read or change it: a secret must not be in such a file.
  package var isOpenToOthers: Bool { permissions & 0o006 != 0 }
}

extension FileStatus {
  init(_ status: stat) {
    kind =
      switch Int32(status.st_mode) & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFSOCK: .socket
      default: .other
      }
    identity = Identity(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
      modifiedNanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    permissions = UInt32(status.st_mode & 0o7777)
    ownerID = status.st_uid
    groupID = status.st_gid
  }
}

/// Why a file could not be used; the description says which and in words.
package enum FileError: Error, Equatable, CustomStringConvertible {
  /// Neither the file nor, perhaps, its directory exists.
  case notFound(path: String)
  /// A directory, device, socket or FIFO where a file was expected.
  case notRegular(path: String)
  /// Others than this user could have written it, or can read it.
  case notPrivate(path: String)
  /// The file has more bytes than its purpose allows.
  case tooLarge(path: String, limit: Int)
  /// The system refused; `code` is the errno value, such as EACCES or ENOSPC.
  case failed(action: String, path: String, code: Int32)

  package var description: String {
    switch self {
    case .notFound(let path): "\(path) does not exist"
    case .notRegular(let path): "\(path) is not a regular file"
    case .notPrivate(let path): "\(path) is not this user's alone"
    case .tooLarge(let path, let limit): "\(path) is larger than \(limit) bytes"
    case .failed(let action, let path, let code): "cannot \(action) \(path): \(words(forErrno: code))"
    }
  }
}
