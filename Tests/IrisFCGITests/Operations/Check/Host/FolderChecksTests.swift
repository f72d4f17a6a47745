import Testing

@testable import IrisFCGI
@testable import IrisSystem

@Suite struct FolderChecksTests {
  private let folder: TemporaryFolder
  private let state: String
  private let runtime: String

  init() throws {
    folder = try TemporaryFolder()
    state = folder.path + "/state"
    runtime = folder.path + "/run"
    try Files.createDirectory(state, permissions: 0o700)
    try Files.createDirectory(runtime, permissions: 0o755)
  }

  private func findings(
    state: String? = nil, runtime: String? = nil, spool: String = "4096", files: FileAccess = .host,
    folders: FolderAccess = .host, userID: UInt32 = 1_000
  ) throws -> [Finding] {
    let configuration = try Sample.load([
      "IRIS_STATE_DIR": state ?? self.state, "IRIS_RUNTIME_DIR": runtime ?? self.runtime, "IRIS_SPOOL_MAX_BYTES": spool,
    ])
    return FolderChecks(configuration, files: files, folders: folders, userID: userID).findings()
  }

  /// The host's folders with other permission bits.
  private static func files(permissions: UInt32) -> FileAccess {
    var files = FileAccess.host
    files.status = { (path) throws(FileError) in
      let real = try Files.status(of: path)
      return FileStatus(
        kind: real.kind, identity: real.identity, permissions: permissions, ownerID: real.ownerID, groupID: real.groupID
      )
    }
    return files
  }

  @Test func `good folders are fine`() throws {
    let findings = try findings()
    #expect(findings.map(\.name) == ["state folder", "runtime folder"])
    #expect(findings.map(\.status) == [.ok, .ok])
    #expect(findings.allSatisfy { !$0.found.contains("root") })
  }

  @Test func `root, whom nothing stops, learns whose folder it is`() throws {
    #expect(try findings(userID: 0).map { $0.found.contains("asked as root; it belongs to user") } == [true, true])
  }

  @Test func `missing folders are named, and only the spool's is a failure`() throws {
    let findings = try findings(state: "/nowhere/state", runtime: "/nowhere/run")
    #expect(findings.map(\.status) == [.failed, .warning])
    #expect(findings[0].found == "/nowhere/state does not exist")
    #expect(findings[0].advice?.hasPrefix("install -d -m 0700 -o USER /nowhere/state") == true)
    #expect(findings[1].found == "/nowhere/run does not exist: every worker counts for itself")
  }

  @Test func `a file is no folder`() throws {
    let file = try folder.write("file", "")
    #expect(try findings(state: file, runtime: file).map(\.status) == [.failed, .warning])
    #expect(try findings(state: file).first?.found == "\(file) is not a folder")
  }

  @Test func `folders must be writable`() throws {
    var folders = FolderAccess.host
    folders.isWritable = { _ in false }
    let findings = try findings(folders: folders)
    #expect(findings.map(\.status) == [.failed, .warning])
    #expect(findings[0].found == "\(state) is not writable for this user (1000)")
  }

  @Test(
    arguments: [
      (0o700, .ok, .ok), (0o750, .ok, .ok), (0o770, .ok, .ok), (0o755, .warning, .ok), (0o704, .warning, .ok),
      (0o702, .warning, .warning), (0o777, .warning, .warning),
    ] as [(UInt32, Finding.Status, Finding.Status)])
  func `the spool is private, and nobody else writes beside the scoreboard`(
    permissions: UInt32, state: Finding.Status, runtime: Finding.Status
  ) throws {
    #expect(try findings(files: Self.files(permissions: permissions)).map(\.status) == [state, runtime])
  }

  @Test(arguments: [(UInt64(1 << 20), Finding.Status.ok), (UInt64(1 << 20) - 1, .warning)])
  func `there should be room for the whole spool`(free: UInt64, status: Finding.Status) throws {
    var folders = FolderAccess.host
    folders.freeBytes = { _ in free }
    #expect(try findings(spool: String(1 << 20), folders: folders).first?.status == status)
  }
}
