import IrisSystem

/// The places that values come from, the stronger first: the process environment, then the environment file.
struct ConfigurationLayers: Sendable {
  /// How reading the environment file went.
  enum FileState: Equatable, Sendable {
    case read(path: String)
    case missing(path: String)
    /// The default file may be for root and systemd alone, which hands its content over in the environment.
    case denied(path: String)
    case none
  }

  /// Each layer, the stronger first.
  enum Layer: CaseIterable {
    case environment, file
  }

  var environment: [String: Secret]
  var file = EnvironmentFile()
  var fileState = FileState.none
  /// About the environment file itself.
  var problems: [String] = []
  var warnings: [String] = []

  private static let largestFile = 1_048_576
  private static let accessDenied: Int32 = 13

  /// Reads the environment file. The default one may be missing, or closed to this user; one that `IRIS_ENV_FILE` names
  /// must be readable.
  init(environment: [String: String], files: FileAccess) {
    self.environment = environment.mapValues { Secret($0) }
    let named = environment[EnvironmentFile.variable].flatMap { $0.isEmpty ? nil : $0 }
    let path = named ?? EnvironmentFile.defaultPath
    guard path != "/dev/null" else { return }
    do throws(FileError) {
      file = EnvironmentFile(parsing: try files.read(path, Self.largestFile), path: path)
      fileState = .read(path: path)
      problems = file.problems
      warnIfOpen(path, files)
    } catch {
      switch error {
      case .notFound where named == nil: fileState = .missing(path: path)
      case .failed(_, _, Self.accessDenied) where named == nil: fileState = .denied(path: path)
      default: problems = ["\(EnvironmentFile.variable): \(error); name a readable file, or /dev/null for none"]
      }
    }
  }

  /// What one layer says of a name, an empty text included.
  func setting(_ name: String, in layer: Layer) -> Setting? {
    switch layer {
    case .environment:
      return environment[name].map { Setting(text: $0, source: .environment) }
    case .file:
      guard let assignment = file.assignments[name], let path = filePath else { return nil }
      return Setting(text: assignment.value, source: .environmentFile(path: path, line: assignment.line))
    }
  }

  /// Every name of both layers, sorted.
  var names: [String] {
    Set(environment.keys).union(file.assignments.keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private var filePath: String? {
    guard case .read(let path) = fileState else { return nil }
    return path
  }

  private mutating func warnIfOpen(_ path: String, _ files: FileAccess) {
    let holdsSecret = OptionTable.rows.contains { $0.isSecret && file.assignments[$0.name] != nil }
    guard holdsSecret, files.isOpenToOthers(path) else { return }
    warnings.append("\(path): holds secrets and is open to every user; chmod 640 it")
  }
}
