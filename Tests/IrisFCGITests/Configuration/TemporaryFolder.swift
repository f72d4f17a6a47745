import IrisSystem

@testable import IrisFCGI

/// A folder of one test, removed with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = "/tmp/iris-configuration-\(try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds))"
    try Files.createDirectory(path)
  }

  deinit { TemporaryFolder.remove(path) }

  private static func remove(_ path: String) {
    if (try? Files.status(of: path))?.kind == .directory {
      for name in (try? Files.list(path)) ?? [] { remove("\(path)/\(name)") }
    }
    try? Files.remove(path)
  }

  /// Writes a file and gives its path.
  @discardableResult
  func write(_ name: String, _ content: String, permissions: UInt32 = 0o600) throws -> String {
    try Files.replace("\(path)/\(name)", with: Array(content.utf8), permissions: permissions)
    return "\(path)/\(name)"
  }
}

extension FileAccess {
  /// This machine's files, but the named one is there and may not be read (a test that runs as root may read all).
  static func denying(_ denied: String) -> FileAccess {
    var files = FileAccess.host
    files.read = { (path, limit) throws(FileError) in
      if path == denied { throw .failed(action: "open", path: path, code: 13) }
      return try Files.read(path, limit: limit)
    }
    return files
  }
}

/// Environments for tests. None of them looks at this machine's own environment file.
enum Sample {
  static let key = "0123456789abcdef0123456789abcdef"
  static let otherKey = "fedcba9876543210fedcba9876543210"

  static func environment(_ variables: [String: String]) -> [String: String] {
    variables.merging([EnvironmentFile.variable: "/dev/null"]) { given, _ in given }
  }

  static func load(
    _ variables: [String: String], files: FileAccess = .host
  ) throws(ConfigurationProblems) -> Configuration {
    try Configuration.load(environment: environment(variables), files: files)
  }

  /// What is wrong with this environment; empty: nothing.
  static func problems(_ variables: [String: String], files: FileAccess = .host) -> [String] {
    do throws(ConfigurationProblems) {
      _ = try load(variables, files: files)
      return []
    } catch {
      return error.lines
    }
  }
}
