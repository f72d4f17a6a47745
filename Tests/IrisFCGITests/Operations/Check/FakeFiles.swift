@testable import IrisFCGI
@testable import IrisSystem

/// Files that are nowhere but here, by their paths; the folders around them are there, too.
enum FakeFiles {
  /// - Parameter statuses: files that are no regular ones of mode 0644 of root, such as sockets.
  static func access(_ texts: [String: String], statuses: [String: FileStatus] = [:]) -> FileAccess {
    FileAccess(
      read: { (path, limit) throws(FileError) in
        guard let text = texts[path] else { throw .notFound(path: path) }
        guard text.utf8.count <= limit else { throw .tooLarge(path: path, limit: limit) }
        return Array(text.utf8)
      },
      status: { (path) throws(FileError) in
        if let status = statuses[path] { return status }
        if texts[path] != nil { return FakeFiles.status(.regular, 0o644) }
        let isFolder = (Array(texts.keys) + Array(statuses.keys)).contains { $0.hasPrefix("\(path)/") }
        guard isFolder else { throw .notFound(path: path) }
        return FakeFiles.status(.directory, 0o755)
      })
  }

  static func folders(_ texts: [String: String]) -> FolderAccess {
    var folders = FolderAccess.host
    folders.list = { (path) throws(FileError) in
      let prefix = path == "/" ? "/" : "\(path)/"
      let names = texts.keys.filter { $0.hasPrefix(prefix) }.compactMap {
        $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
      }
      return Set(names).sorted()
    }
    return folders
  }

  static func status(
    _ kind: FileStatus.Kind, _ permissions: UInt32, owner: UInt32 = 0, group: UInt32 = 0
  ) -> FileStatus {
    FileStatus(
      kind: kind, identity: FileStatus.Identity(device: 1, inode: 1, size: 1, modifiedNanoseconds: 0),
      permissions: permissions, ownerID: owner, groupID: group)
  }
}
