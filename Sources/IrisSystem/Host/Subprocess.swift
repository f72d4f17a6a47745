internal import CSystem

/// Other programs, started by their path with a list of words: no shell, no search path, no environment.
package enum Subprocess {
  /// How a program ended and what it printed.
  package struct Outcome: Equatable, Sendable {
    /// 128 and more when a signal ended it.
    package let code: Int32
    package let output: String

    package init(code: Int32, output: String) {
      self.code = code
      self.output = output
    }
  }

  /// The most that a program may print; what exceeds it ends it.
  private static let longestOutput = 1 << 20

  /// Runs a program to its end, with nothing to read. What it says on standard error goes where ours goes.
  /// - Returns: nil when it cannot be started or read.
  package static func run(_ words: [String]) -> Outcome? {
    guard let nothing = FileDescriptor(opening: "/dev/null", O_RDONLY) else { return nil }
    var (reading, writing): (Int32, Int32) = (-1, -1)
    guard unsafe iris_pipe(&reading, &writing) == 0 else { return nil }
    let output = FileDescriptor(owning: reading)
    let child = start(words, input: nothing.number, output: writing)
    close(writing)
    guard child > 0 else { return nil }
    let printed = output.read(upTo: longestOutput)
    // Who prints more than that would wait for a reader for ever.
    if printed == nil || printed?.count == longestOutput { kill(child, SIGKILL) }
    let code = iris_await_child(child)
    guard let printed, code >= 0 else { return nil }
    return Outcome(code: code, output: String(decoding: printed, as: UTF8.self))
  }

  /// Starts a program; the caller waits for its end with `iris_await_child`.
  /// - Returns: its process number, -1 with `errno` set on failure.
  static func start(_ words: [String], input: Int32, output: Int32) -> pid_t {
    guard !words.isEmpty, !words.contains(where: { $0.utf8.contains(0) }) else { return -1 }
    return unsafe CStrings.withArray(words) { unsafe iris_spawn($0, input, output) }
  }
}
