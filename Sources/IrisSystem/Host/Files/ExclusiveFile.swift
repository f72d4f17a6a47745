internal import CSystem

extension Files {
  /// Makes a file that is this user's alone, unless there is one of that name: of all who try at once one succeeds, and
  /// nobody ever sees a part of it.
  /// - Returns: false when there is one already.
  package static func makePrivate(_ path: String, _ bytes: [UInt8]) throws(FileError) -> Bool {
    let mark = (try? Random.bytes(8)).map { Hex.encode($0) } ?? String(getpid())
    let draft = "\(path).\(mark).new"
    try write(bytes, toNew: draft, permissions: 0o600)
    defer { _ = unsafe unlink(draft) }
    // rename(2) would replace the other's.
    if unsafe link(draft, path) == 0 { return true }
    guard iris_errno() == EEXIST else { throw failure("make", path) }
    return false
  }
}
