internal import CSystem

/// The command line's standard streams, and a password prompt.
package enum Terminal {
  /// The streams that a command writes to.
  package enum Output: Int32, Sendable {
    case standardOutput = 1
    case standardError = 2
  }

  /// Whether the descriptor is a terminal: people get tables and colours there, programs plain lines.
  package static func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1
  }

  /// How much a terminal shows at once.
  package struct Size: Equatable, Sendable {
    package let columns: Int
    package let rows: Int

    package init(columns: Int, rows: Int) {
      self.columns = columns
      self.rows = rows
    }
  }

  /// The size of the terminal behind a descriptor; nil: it is none, or does not say.
  package static func size(of output: Output = .standardOutput) -> Size? { size(ofDescriptor: output.rawValue) }

  static func size(ofDescriptor descriptor: Int32) -> Size? {
    var (columns, rows): (UInt16, UInt16) = (0, 0)
    guard unsafe iris_terminal_size(descriptor, &columns, &rows) == 0, columns > 0, rows > 0 else { return nil }
    return Size(columns: Int(columns), rows: Int(rows))
  }

  /// Writes all of the text; goes on after partial writes and signals.
  /// - Returns: false when the reader has gone or the disk is full: the command can only end then.
  @discardableResult
  package static func write(_ text: String, to output: Output = .standardOutput) -> Bool {
    writeFully(Array(text.utf8), to: output.rawValue)
  }

  /// Writes all of the bytes, as `write(_:to:)` for text.
  @discardableResult
  package static func write(_ bytes: [UInt8], to output: Output = .standardOutput) -> Bool {
    writeFully(bytes, to: output.rawValue)
  }

  /// Ends a stream: its reader finds the end, whatever this process still does.
  package static func end(_ output: Output) {
    close(output.rawValue)
  }

  /// One line of an input, without its line feed; nil at the end of the input.
  ///
  /// Reads byte by byte, so what follows the line is left to the next reader (a script may pipe several answers).
  /// - Parameter limit: the most bytes that a line may have.
  package static func readLine(from descriptor: Int32 = 0, limit: Int = 4_096) throws(TerminalError) -> [UInt8]? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      let count = retryingInterrupted { unsafe CSystem.read(descriptor, &byte, 1) }
      guard count >= 0 else { throw .unreadable(words(forErrno: iris_errno())) }
      guard count == 1 else { return line.isEmpty ? nil : line }
      guard byte != UInt8(ascii: "\n") else { return line }
      guard line.count < limit else { throw .lineTooLong(limit: limit) }
      line.append(byte)
    }
  }

  /// Asks for a secret on the controlling terminal, without showing what is typed.
  ///
  /// The terminal, not the standard streams: these may be a pipe. Echo is on again on every way out; SIGINT, SIGTERM,
  /// SIGHUP, SIGQUIT and SIGTSTP take effect as soon as it is.
  /// - Parameter terminal: an open descriptor of a terminal, for tests; nil opens /dev/tty.
  package static func readSecret(prompt: String, terminal: Int32? = nil) throws(TerminalError) -> [UInt8] {
    if let terminal { return try readHidden(prompt, from: terminal) }
    guard let console = FileDescriptor(opening: "/dev/tty", O_RDWR) else { throw .noTerminal }
    return try readHidden(prompt, from: console.number)
  }

  private static func readHidden(_ prompt: String, from terminal: Int32) throws(TerminalError) -> [UInt8] {
    var original = termios()
    guard unsafe tcgetattr(terminal, &original) == 0 else { throw .noTerminal }
    let signals = HeldSignals([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP])
    defer { withExtendedLifetime(signals) {} }
    var silent = original
    silent.c_lflag = silent.c_lflag & ~tcflag_t(ECHO) | tcflag_t(ICANON)
    guard unsafe tcsetattr(terminal, TCSADRAIN, &silent) == 0 else { throw .noTerminal }
    defer {
      _ = unsafe tcsetattr(terminal, TCSADRAIN, &original)
      _ = writeFully([UInt8(ascii: "\n")], to: terminal)
    }
    _ = writeFully(Array(prompt.utf8), to: terminal)
    guard hasInput(terminal, before: signals) else { throw .interrupted }
    guard let line = try readLine(from: terminal) else { throw .interrupted }
    return line
  }

  /// Waits until there is something to read; false when one of the signals came first. It is not consumed.
  private static func hasInput(_ terminal: Int32, before signals: HeldSignals) -> Bool {
    guard let coming = signals.descriptor() else { return true }
    var waiting = [
      pollfd(fd: terminal, events: Int16(POLLIN), revents: 0),
      pollfd(fd: coming.number, events: Int16(POLLIN), revents: 0),
    ]
    _ = retryingInterrupted { unsafe poll(&waiting, 2, -1) }
    return waiting[1].revents == 0
  }
}

/// Why nothing could be read from a person.
package enum TerminalError: Error, Equatable, CustomStringConvertible {
  /// There is no terminal to ask on: the command runs from a script or a service.
  case noTerminal
  /// A signal or the end of the input came instead of an answer.
  case interrupted
  /// The line is longer than anything that may be asked for.
  case lineTooLong(limit: Int)
  /// The input failed; the system's words.
  case unreadable(String)

  package var description: String {
    switch self {
    case .noTerminal: "there is no terminal to ask on: give the password on standard input with --password-stdin"
    case .interrupted: "interrupted: nothing was changed"
    case .lineTooLong(let limit): "the line is longer than \(limit) bytes"
    case .unreadable(let words): "standard input cannot be read: \(words)"
    }
  }
}
