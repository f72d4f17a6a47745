import IrisSystem

/// The spool's folder: `spool` in `IRIS_STATE_DIR`, mode 0700.
///
/// | name | |
/// |---|---|
/// | `RANK-UUID.open` | a worker adds records to it |
/// | `RANK-UUID.sealed` | taken from its worker, to be brought to the database; nobody adds to it |
/// | `RANK-UUID-OFFSET.damaged` | what could not be read, or what PostgreSQL refused for good, for an operator to look at |
struct SpoolFolder: Sendable {
  static let open = ".open"
  static let sealed = ".sealed"
  static let damaged = ".damaged"
  /// Far beyond what a worker writes into one: `Spool.segmentBytes` and a record.
  private static let largestSegment = 64 << 20

  let path: String
  private let stateDirectory: String

  init(stateDirectory: String) {
    self.stateDirectory = stateDirectory
    path = stateDirectory + "/spool"
  }

  /// One file of the folder.
  struct Segment: Equatable, Sendable {
    let name: String
    let bytes: Int

    var isOpen: Bool { name.hasSuffix(SpoolFolder.open) }
    var isSealed: Bool { name.hasSuffix(SpoolFolder.sealed) }
    var isDamaged: Bool { name.hasSuffix(SpoolFolder.damaged) }

    /// The UUIDv7 of the name: when its first record was kept.
    var id: String { String(name.drop { $0 != "-" }.dropFirst().prefix(36)) }

    /// Milliseconds since 1970; nil when the name is none of ours.
    var madeAt: Int64? { Identifier.milliseconds(ofV7: id) }
  }

  /// Makes the folder where there is none, and looks whether it is ours alone: who else could write there could put words
  /// into anybody's conversations.
  func prepare() throws(SpoolError) {
    do throws(FileError) {
      let status: FileStatus
      do throws(FileError) { status = try Files.status(of: path) } catch .notFound {
        try Files.createDirectory(path)
        return
      }
      guard SpoolFolder.isTrusted(status) else { throw FileError.notPrivate(path: path) }
    } catch {
      throw .unwritable("\(error)")
    }
  }

  /// Whether the folder is there and ours alone; root may read another user's.
  var isTrusted: Bool {
    guard let status = try? Files.status(of: path) else { return false }
    return SpoolFolder.isTrusted(status)
  }

  private static func isTrusted(_ status: FileStatus) -> Bool {
    status.kind == .directory && status.permissions & 0o022 == 0
      && (status.ownerID == HostProcess.userID || HostProcess.userID == 0)
  }

  /// All files of ours, in the order in which they are brought to the database.
  func segments() throws(FileError) -> [Segment] {
    var segments: [Segment] = []
    for name in try Files.list(path)
    where name.hasSuffix(SpoolFolder.open) || name.hasSuffix(SpoolFolder.sealed) || name.hasSuffix(SpoolFolder.damaged)
    {
      // One that another process takes away at this moment is not there.
      guard let status = try? Files.status(of: file(name)) else { continue }
      segments.append(Segment(name: name, bytes: Int(status.identity.size)))
    }
    return segments
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Takes the open segments from their workers, which begin new ones. Those of the last rank come first: whatever a record
  /// of a later rank rests on was then kept in a segment that is sealed now, too.
  func seal() throws(FileError) {
    for segment in try segments().reversed() where segment.isOpen {
      let name = segment.name.dropLast(SpoolFolder.open.count) + SpoolFolder.sealed
      _ = try Files.renameUnlessLocked(file(segment.name), to: file(String(name)))
    }
  }

  /// The bytes of a segment, from its worker's hand and no other's.
  func read(_ segment: Segment) throws(FileError) -> [UInt8] {
    let owner = try Files.status(of: path).ownerID
    return try Files.readPrivate(file(segment.name), limit: SpoolFolder.largestSegment, owner: owner).bytes
  }

  /// Keeps bytes of a segment for an operator. The name follows from where they stood, so that a replay which begins again
  /// keeps them once.
  /// - Returns: false when they are kept already.
  func setAside(_ bytes: ArraySlice<UInt8>, of segment: Segment) throws(FileError) -> Bool {
    let stem = segment.name.dropLast(SpoolFolder.sealed.count)
    let path = file("\(stem)-\(bytes.startIndex)\(SpoolFolder.damaged)")
    guard (try? Files.status(of: path)) == nil else { return false }
    try Files.makeDurably(path, with: Array(bytes))
    return true
  }
}
