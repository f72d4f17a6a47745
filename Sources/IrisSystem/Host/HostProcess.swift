internal import CSystem

/// What this process knows about itself.
package enum HostProcess {
  /// The process number.
  package static var id: Int32 { getpid() }

  /// The effective user: 0 is root, whom file permissions do not stop.
  package static var userID: UInt32 { geteuid() }

  /// The command line, the program's name first.
  package static var arguments: [String] { CommandLine.arguments }

  /// A copy of the environment. Of a name that occurs twice the first wins, as with getenv(3); bytes that are no UTF-8
  /// are replaced by U+FFFD, so a check of the value finds them.
  package static var environment: [String: String] {
    var variables: [String: String] = [:]
    guard var entry = unsafe iris_environment() else { return variables }
    while let text = unsafe entry.pointee {
      let assignment = unsafe String(cString: text)
      if let equals = assignment.utf8.firstIndex(of: UInt8(ascii: "=")) {
        let name = String(assignment[..<equals])
        if variables[name] == nil { variables[name] = String(assignment[assignment.index(after: equals)...]) }
      }
      unsafe entry += 1
    }
    return variables
  }

  /// Sets a variable for this process and the C libraries in it, such as `TZ`; nil removes it.
  ///
  /// setenv(3) must not run beside another thread that reads the environment: call it at the start only.
  /// - Returns: false when the name is empty or contains `=`.
  @discardableResult
  package static func setEnvironment(_ name: String, _ value: String?) -> Bool {
    guard let value else { return unsafe unsetenv(name) == 0 }
    return unsafe setenv(name, value, 1) == 0
  }

  /// The name of this host (gethostname(2)), which tells several of them apart.
  package static var hostName: String {
    // HOST_NAME_MAX is 64; a longer name would come without its end.
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The file that this process runs, without symbolic links; nil when /proc is not mounted.
  package static var executable: String? {
    // PATH_MAX; readlink(2) adds no NUL.
    var path = [CChar](repeating: 0, count: 4_096)
    let count = unsafe readlink("/proc/self/exe", &path, path.count)
    guard count > 0, count < path.count else { return nil }
    return String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Ends the process with an exit code.
  package static func exit(_ code: Int32) -> Never { CSystem.exit(code) }

  /// The memory that this process holds, or nil when /proc is not mounted.
  package static func memory() -> Memory? {
    guard let file = FileDescriptor(opening: "/proc/self/smaps_rollup", O_RDONLY),
      let content = file.read(upTo: 65_536)
    else { return nil }
    return Memory(smapsRollup: String(decoding: content, as: UTF8.self))
  }

  /// Memory in bytes, as the kernel counts it (proc(5), smaps_rollup).
  package struct Memory: Equatable, Sendable {
    /// Pages in RAM, those shared with other workers included.
    package let residentBytes: UInt64
    /// Pages that only this process uses: what one more worker costs.
    package let privateBytes: UInt64

    package init(residentBytes: UInt64, privateBytes: UInt64) {
      self.residentBytes = residentBytes
      self.privateBytes = privateBytes
    }
  }
}

extension HostProcess.Memory {
  /// Reads lines such as `Private_Dirty:       860 kB`; nil when there is no `Rss` line.
  package init?(smapsRollup text: String) {
    var resident: UInt64?
    var own: UInt64 = 0
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count == 3, fields[2] == "kB", let kibibytes = UInt64(fields[1]) else { continue }
      switch fields[0] {
      case "Rss:": resident = kibibytes * 1_024
      case "Private_Clean:", "Private_Dirty:": own += kibibytes * 1_024
      default: continue
      }
    }
    guard let resident else { return nil }
    self.init(residentBytes: resident, privateBytes: own)
  }
}
