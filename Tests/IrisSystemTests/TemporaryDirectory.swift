import IrisSystem

/// A directory of a test's own, removed with everything in it when the test lets go of it.
final class TemporaryDirectory {
  let path: String

  init() throws {
    let base = HostProcess.environment["TMPDIR"] ?? "/tmp"
    path = "\(base)/iris-\(try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds))"
    try Files.createDirectory(path)
  }

  deinit {
    for name in (try? Files.list(path)) ?? [] { try? Files.remove("\(path)/\(name)") }
    try? Files.remove(path)
  }

  /// The path of a name in this directory.
  func file(_ name: String) -> String { "\(path)/\(name)" }
}
