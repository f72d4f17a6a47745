import IrisSystem

/// How the checks look at folders beyond `FileAccess`; tests replace a function.
struct FolderAccess: Sendable {
  /// Whether this process can make files in it.
  var isWritable: @Sendable (_ path: String) -> Bool
  /// What an ordinary user may still write on its file system, in bytes.
  var freeBytes: @Sendable (_ path: String) throws(FileError) -> UInt64
  /// The names in it, sorted.
  var list: @Sendable (_ path: String) throws(FileError) -> [String] = { (path) throws(FileError) in
    try Files.list(path)
  }

  static let host = FolderAccess(
    isWritable: { Files.isWritableDirectory($0) },
    freeBytes: { (path) throws(FileError) in try Files.freeBytes(at: path) })
}

/// Whether the spool's folder and the scoreboard's can do what they are for.
struct FolderChecks {
  static let stateName = "state folder"
  static let runtimeName = "runtime folder"

  private let configuration: Configuration
  private let files: FileAccess
  private let folders: FolderAccess
  private let userID: UInt32
  /// Whom the units start; nil: nobody knows.
  private let workers: SystemUser?

  init(
    _ configuration: Configuration, files: FileAccess, folders: FolderAccess, userID: UInt32 = HostProcess.userID,
    workers: SystemUser? = nil
  ) {
    self.configuration = configuration
    self.files = files
    self.folders = folders
    self.userID = userID
    self.workers = workers
  }

  func findings() -> [Finding] { [state(), runtime()] }

  /// What was said while the database was down waits here: only Iris may read it, and losing it is a failure.
  private func state() -> Finding {
    let (name, path) = (FolderChecks.stateName, configuration.stateDirectory)
    if let obstacle = obstacle(path) {
      return .failed(name, obstacle, advice: advice(path, mode: "0700", variable: .stateDirectory))
    }
    if files.isOpenToOthers(path) {
      return .warning(name, "\(path) is open to every user and holds what users wrote", advice: "chmod 700 \(path)")
    }
    if let finding = spool(in: path) { return finding }
    if let free = try? folders.freeBytes(path), free < UInt64(configuration.spoolMaxBytes) {
      let most = configuration.spoolMaxBytes >> 20
      return .warning(
        name, "\(path) has room for \(free >> 20) MiB, less than the \(most) MiB that the spool may take",
        advice: "free some space, or lower \(Variable.spoolMaxBytes.rawValue)")
    }
    return .ok(name, "\(path) is writable and private\(asWhom(path))")
  }

  /// What is wrong with the spool inside; nil: nothing, or it was never needed.
  private func spool(in path: String) -> Finding? {
    let (name, spool) = (FolderChecks.stateName, SpoolFolder(stateDirectory: path))
    guard let status = try? files.status(spool.path) else { return nil }
    guard status.kind == .directory, status.permissions & 0o022 == 0 else {
      return .failed(
        name, "\(spool.path) is not the workers' alone, so they don't use it", advice: "chmod 700 \(spool.path)")
    }
    if let workers, status.ownerID != workers.id {
      return .failed(
        name,
        "\(spool.path) belongs to \(SystemUser.name(of: status.ownerID)), so the workers of \(workers.name) "
          + "don't use it", advice: "chown -R \(workers.name) \(path)")
    }
    let segments = (try? spool.segments()) ?? []
    let damaged = segments.count { $0.isDamaged }
    guard damaged == 0 else {
      return .warning(
        name, "\(damaged) files in \(spool.path) were set aside: unreadable, or refused by PostgreSQL",
        advice: "look into them and remove them (operations.md, When PostgreSQL is away)")
    }
    return waiting(segments)
  }

  /// What waits for the database: normal for a moment after it was away, a sign of trouble when it lasts.
  private func waiting(_ segments: [SpoolFolder.Segment]) -> Finding? {
    let name = FolderChecks.stateName
    let bytes = segments.reduce(0) { $0 + $1.bytes }
    let age = segments.filter { $0.bytes > 0 }.compactMap(\.madeAt).min().map { (now - $0) / 60_000 }
    let spool = "\(bytes >> 10) KiB wait in the spool of \(path) for the database"
    if bytes >= configuration.spoolMaxBytes / 10 * 8 {
      return .failed(
        name, "\(spool), and \(configuration.spoolMaxBytes >> 10) KiB is all that it may hold",
        advice: "bring the database back, then run iris-fcgi maintain; or raise \(Variable.spoolMaxBytes.rawValue)")
    }
    guard let age, age >= FolderChecks.longestWait else { return nil }
    return .warning(
      name, "\(spool), for \(age) minutes",
      advice: "see to the database, then run iris-fcgi maintain and read what it says")
  }

  /// Minutes after which workers or `maintain` should have brought the spool to the database.
  private static let longestWait: Int64 = 5

  private var path: String { configuration.stateDirectory }
  private var now: Int64 { Clock.realtimeMilliseconds }

  /// Without a scoreboard each worker counts for itself: Iris serves, but a failing database is tried by every worker.
  private func runtime() -> Finding {
    let (name, path) = (FolderChecks.runtimeName, configuration.runtimeDirectory)
    if let obstacle = obstacle(path) {
      return .warning(
        name, "\(obstacle): every worker counts for itself",
        advice: advice(path, mode: "0755", variable: .runtimeDirectory))
    }
    if let status = try? files.status(path), status.permissions & 0o002 != 0 {
      return .warning(name, "every user may write to \(path)", advice: "chmod o-w \(path)")
    }
    return .ok(name, "\(path) is writable\(asWhom(path))")
  }

  private func obstacle(_ path: String) -> String? {
    do throws(FileError) {
      let status = try files.status(path)
      guard status.kind == .directory else { return "\(path) is not a folder" }
      // The check is run by root or some administrator, the workers by their own user, and it is they who must write.
      if let workers, workers.id != userID {
        guard !status.allows([.write, .enter], to: workers) else { return nil }
        return "\(path) belongs to \(SystemUser.name(of: status.ownerID)) and is not writable for \(workers.name)"
      }
      return folders.isWritable(path) ? nil : "\(path) is not writable for this user (\(userID))"
    } catch {
      return "\(error)"
    }
  }

  private func advice(_ path: String, mode: String, variable: Variable) -> String {
    let user = workers?.name ?? "USER"
    return "install -d -m \(mode) -o \(user) \(path)\(workers == nil ? ", with the workers' USER" : ""); "
      + "or set \(variable.rawValue)"
  }

  /// Root may write anywhere, which says little about the workers.
  private func asWhom(_ path: String) -> String {
    guard userID == 0, workers == nil, let status = try? files.status(path) else { return "" }
    return " (asked as root; it belongs to user \(status.ownerID))"
  }
}
