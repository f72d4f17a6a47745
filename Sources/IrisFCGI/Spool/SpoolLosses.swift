import IrisDomain
import IrisSystem

/// What the spool could not take: counted for the host, told to the log now and then, and to an operator once the database
/// is back.
final class SpoolLosses {
  /// Between two lines of the log, in microseconds: whoever cannot write must not fill another disk with saying so.
  private static let pause: Int64 = 5_000_000

  private let log: Log
  private let scoreboard: Scoreboard
  private var untold: [SpoolRecord.Kind: Int] = [:]
  private var reason = ""
  /// Microseconds of the monotonic clock; nil before the first line.
  private var lastTold: Int64?

  init(log: Log, scoreboard: Scoreboard) {
    self.log = log
    self.scoreboard = scoreboard
  }

  func note(_ kind: SpoolRecord.Kind, _ error: SpoolError) {
    scoreboard.spoolLost.increment()
    untold[kind, default: 0] += 1
    reason = error.logWord
    tell()
  }

  /// Writes a line, if there is something to say and it was quiet for a while.
  func tell() {
    let now = Clock.monotonicMicroseconds
    guard !untold.isEmpty, lastTold.map({ now - $0 >= SpoolLosses.pause }) ?? true else { return }
    log.write(
      .error, "the spool could not keep what happened, and it is lost",
      [
        ("turns", .number(untold[.turn] ?? 0)), ("happenings", .number(untold[.happenings] ?? 0)),
        ("reason", .text(reason)),
      ])
    untold = [:]
    lastTold = now
  }

  /// Whether the database has not heard of all of them.
  var isUntold: Bool { scoreboard.spoolLost.load() != scoreboard.spoolLossTold.load() }

  /// Tells it by `raise`, once among the host's workers.
  func raise(_ raise: (Alert) throws(StoreError) -> Void) throws(StoreError) {
    let (lost, told) = (scoreboard.spoolLost.load(), scoreboard.spoolLossTold.load())
    guard lost != told, scoreboard.spoolLossTold.exchange(expected: told, desired: lost) else { return }
    do throws(StoreError) {
      try raise(Alert(kind: .spoolLoss, subject: "spool", detail: ["records": Int(clamping: lost &- told)], event: nil))
    } catch {
      scoreboard.spoolLossTold.store(told)
      throw error
    }
  }
}
