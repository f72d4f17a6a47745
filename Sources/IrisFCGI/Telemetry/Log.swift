import IrisSystem

/// The program's log: one JSON object per line on standard error, with journald's priority prefix (sd-daemon(3)) when
/// the journal reads it. Messages are fixed sentences; what varies stands in members of its own, and nothing that a user
/// wrote, no address, no token ever does.
struct Log: Sendable {
  /// A member of a line.
  enum Value: Sendable {
    case text(String)
    case number(Int)
    case decimal(Double)
    case flag(Bool)
    case object([(String, Value)])
  }

  let threshold: LogLevel
  private let prefixes: Bool

  /// - Parameter toJournal: whether standard error is journald's stream; systemd says so in JOURNAL_STREAM.
  init(threshold: LogLevel, toJournal: Bool = HostProcess.environment["JOURNAL_STREAM"] != nil) {
    self.threshold = threshold
    prefixes = toJournal
  }

  func write(_ level: LogLevel, _ message: String, _ members: [(String, Value)] = []) {
    guard level.severity <= threshold.severity else { return }
    var line = JSONBytes(capacity: 640)
    if prefixes { line.raw("<\(level.severity)>") }
    line.raw("{\"time\":\"")
    line.raw(Timestamp.rfc3339(microseconds: Clock.realtimeMicroseconds))
    line.raw("\",\"level\":\"")
    line.raw(level.rawValue)
    line.raw("\",\"message\":")
    line.string(message)
    for member in members {
      line.raw(",")
      Log.write(member, to: &line)
    }
    line.raw("}\n")
    Terminal.write(line.bytes, to: .standardError)
  }

  /// Names are our own and need no escaping.
  private static func write(_ member: (name: String, value: Value), to line: inout JSONBytes) {
    line.raw("\"")
    line.raw(member.name)
    line.raw("\":")
    switch member.value {
    case .text(let text): line.string(text)
    case .number(let number): number.write(to: &line)
    case .decimal(let number): number.write(to: &line)
    case .flag(let flag): flag.write(to: &line)
    case .object(let members):
      line.raw("{")
      for (index, member) in members.enumerated() {
        if index > 0 { line.raw(",") }
        write(member, to: &line)
      }
      line.raw("}")
    }
  }
}

extension LogLevel {
  /// syslog(3)'s number: the smaller, the graver.
  var severity: Int {
    switch self {
    case .error: 3
    case .warning: 4
    case .notice: 5
    case .info: 6
    case .debug: 7
    }
  }
}
