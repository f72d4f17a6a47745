internal import CSystem

/// Which process this is, in words that no other process ever shares: how a worker that ended can be told from one that
/// still works, by another worker that read its name in the database.
///
/// Boot, PID namespace (containers of one host count their own), number and start time (proc(5), field 22 of stat).
package struct ProcessIdentity: Equatable, Sendable {
  /// What became of a process.
  package enum Standing: Equatable, Sendable {
    case running
    /// It is gone, for good: the same identity never runs again.
    case ended
    /// It belongs to another host or namespace, or /proc does not tell: nothing is known from here.
    case unknown
  }

  private let place: String
  /// In its own PID namespace.
  package let number: Int32
  private let start: String

  /// This process; nil when /proc is not mounted.
  package static let current = ProcessIdentity(running: getpid())

  /// What goes into a record: `boot/namespace/number/start`.
  package var text: String { "\(place)/\(number)/\(start)" }

  /// Reads what `text` gave.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, parts.allSatisfy({ !$0.isEmpty }), let number = Int32(parts[2]), number > 0 else {
      return nil
    }
    place = "\(parts[0])/\(parts[1])"
    self.number = number
    start = String(parts[3])
  }

  private init?(running number: Int32) {
    guard let place = Self.here, let start = Self.start(of: number) else { return nil }
    self.place = place
    self.number = number
    self.start = start
  }

  /// Asks the kernel. Where /proc hides other processes, as `ProtectProc=` makes it, one that lives cannot be told from
  /// another that has its number now: nothing is known of it.
  package var standing: Standing {
    guard place == Self.here else { return .unknown }
    if let found = Self.start(of: number) { return found == start ? .running : .ended }
    return Self.isNobody(number) ? .ended : .unknown
  }

  /// Whether no process has this number: kill(2) sees those, too, that /proc hides.
  private static func isNobody(_ number: Int32) -> Bool { kill(number, 0) != 0 && iris_errno() == ESRCH }

  /// Where this process is; it stays there as long as it lives.
  private static let here = place()

  private static func place() -> String? {
    guard let boot = content("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first,
      let namespace = FileDescriptor(opening: "/proc/self/ns/pid", O_RDONLY)?.status()
    else { return nil }
    return "\(boot)/\(namespace.st_ino)"
  }

  /// Clock ticks between boot and the process's start. The name in field 2 may hold spaces and parentheses, so fields
  /// are counted from the last parenthesis on. A zombie has ended.
  private static func start(of number: Int32) -> String? {
    guard let stat = content("/proc/\(number)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 19 else { return nil }
    return fields[0] == "Z" || fields[0] == "X" ? "ended" : String(fields[19])
  }

  private static func content(_ path: String) -> String? {
    FileDescriptor(opening: path, O_RDONLY)?.read(upTo: 4_096).map { String(decoding: $0, as: UTF8.self) }
  }
}
