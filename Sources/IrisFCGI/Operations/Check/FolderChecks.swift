import IrisSystem

/// How the checks look at folders beyond `FileAccess`; tests replace a function.
struct FolderAccess: Sendable {
  /// Whether this process can make files in it.
  var isWritable: @Sendable (_ path: String) -> Bool
  /// What an ordinary user may still write on its file system, in bytes.
  var freeBytes: @Sendable (_ path: String) throws(FileError) -> UInt64

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

  init(_ configuration: Configuration, files: FileAccess, folders: FolderAccess, userID: UInt32 = HostProcess.userID) {
    self.configuration = configuration
    self.files = files
    self.folders = folders
    self.userID = userID
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
    let damaged = ((try? spool.segments()) ?? []).count { $0.isDamaged }
    guard damaged > 0 else { return nil }
    return .warning(
      name, "\(damaged) files in \(spool.path) were set aside: unreadable, or refused by PostgreSQL",
      advice: "look into them and remove them (operations.md, When PostgreSQL is away)")
  }

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
      guard try files.status(path).kind == .directory else { return "\(path) is not a folder" }
      return folders.isWritable(path) ? nil : "\(path) is not writable for this user (\(userID))"
    } catch {
      return "\(error)"
    }
  }

  private func advice(_ path: String, mode: String, variable: Variable) -> String {
    "install -d -m \(mode) -o USER \(path), with the workers' USER; or set \(variable.rawValue)"
  }

  /// Root may write anywhere, which says little about the workers.
  private func asWhom(_ path: String) -> String {
    guard userID == 0, let status = try? files.status(path) else { return "" }
    return " (asked as root; it belongs to user \(status.ownerID))"
  }
}
