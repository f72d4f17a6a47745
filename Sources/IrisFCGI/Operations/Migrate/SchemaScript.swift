import IrisSystem

/// A schema.sql, and the version that it says it is.
struct SchemaScript: Equatable, Sendable {
  let path: String
  let text: String
  let version: Int

  /// A schema of some 4,000 lines takes 200 kB.
  private static let largest = 4 << 20

  init(reading path: String) throws(CommandFailure) {
    do throws(FileError) {
      self.init(path: path, text: try Self.text(of: path))
    } catch {
      throw CommandFailure("\(error); name the schema.sql of this release with --file")
    }
    guard version > 0 else { throw CommandFailure("\(path) is no schema of Iris: it says no version") }
    guard version >= Version.schema else {
      throw CommandFailure(
        "\(path) is of schema version \(version), this program needs \(Version.schema): name this release's with --file"
      )
    }
  }

  /// - Parameter text: the version is 0 where it has none.
  init(path: String, text: String) {
    self.path = path
    self.text = text
    version = Self.version(in: text) ?? 0
  }

  /// A script of psql's with what its `\ir` lines include; their paths begin in its folder. Installed ones are whole.
  private static func text(of path: String) throws(FileError) -> String {
    func read(_ path: String) throws(FileError) -> String {
      String(decoding: try Files.read(path, limit: largest), as: UTF8.self)
    }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    var text = ""
    for line in try read(path).split(separator: "\n", omittingEmptySubsequences: false) {
      text += line.hasPrefix("\\ir ") ? try read("\(folder)\(line.dropFirst(4))") : line + "\n"
    }
    return text
  }

  /// `this_version CONSTANT integer := 4;`
  private static func version(in text: String) -> Int? {
    for line in text.split(separator: "\n") where line.contains("this_version CONSTANT integer :=") {
      guard let number = line.split(separator: "=").last?.prefix(while: { $0 != ";" }) else { continue }
      return Int(number.filter { $0 != " " })
    }
    return nil
  }

  /// What `make install` and the package put beside the program: `PREFIX/bin/iris-fcgi`, `PREFIX/share/iris/schema.sql`.
  static func installedPath(executable: String? = HostProcess.executable, files: FileAccess = .host) -> String {
    let usual = "/usr/share/iris/schema.sql"
    guard let parts = executable?.split(separator: "/"), parts.count > 2 else { return usual }
    let beside = parts.dropLast(2).map { "/" + $0 }.joined() + "/share/iris/schema.sql"
    return files.isRegular(beside) ? beside : usual
  }
}
