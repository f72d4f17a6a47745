import IrisSystem

/// `iris-fcgi status --watch`: a look each second, until somebody ends it. On a terminal it is a screen of its own, which is
/// given back at the end; elsewhere a block, or a line of JSON, for each look.
struct StatusWatch {
  private static let periodMilliseconds = 1_000

  let reader: StatusReader
  let console: Console
  let json: Bool
  /// nil: the output is no terminal that can move its cursor.
  private let screen: WatchScreen?

  init(reader: StatusReader, console: Console, json: Bool) {
    self.reader = reader
    self.console = console
    self.json = json
    let isDumb = HostProcess.environment["TERM"] ?? "dumb" == "dumb"
    screen = json || isDumb || Terminal.size() == nil ? nil : WatchScreen(console: console)
  }

  /// - Returns: the exit code.
  func run(from first: StatusReport) -> Int32 {
    guard let signals = CommandSignals() else {
      console.writeError("iris-fcgi: the system gives no descriptor for signals (ulimit -n)\n")
      return ExitCode.failed
    }
    screen?.open()
    defer { screen?.close() }
    var (last, before): (StatusReport, StatusReport?) = (first, nil)
    var next = Clock.monotonicMicroseconds
    show(last, before)
    while true {
      next = max(next + Int64(Self.periodMilliseconds) * 1_000, Clock.monotonicMicroseconds)
      if rest(until: next, signals, redraw: { show(last, before) }) == .end { return ExitCode.fine }
      do throws(CommandFailure) {
        (last, before) = (try reader.read(), last)
        show(last, before)
      } catch {
        // The workers may be about to start again.
        tell(error)
      }
    }
  }

  /// Waits, redrawing when the terminal has another size or this process was away.
  private func rest(until end: Int64, _ signals: CommandSignals, redraw: () -> Void) -> CommandSignals.Wake {
    while true {
      let wake = signals.wait(milliseconds: Int((end - Clock.monotonicMicroseconds + 999) / 1_000))
      switch wake {
      case .time, .end: return wake
      case .pause:
        screen?.close()
        signals.pauseProcess()
        screen?.open()
      case .resized: break
      }
      if screen != nil { redraw() }
    }
  }

  private func show(_ report: StatusReport, _ before: StatusReport?) {
    let interval = report.interval(since: before)
    if json {
      console.write(StatusDocument(report: report, interval: interval).line)
      return
    }
    let size = screen == nil ? nil : Terminal.size()
    let lines = StatusText(report: report, interval: interval, width: size?.columns).lines
    if let screen { screen.draw(lines, size) } else { console.write(StatusCommand.page(lines + [""], styled: false)) }
  }

  private func tell(_ failure: CommandFailure) {
    guard let screen else { return StatusCommand.refuse(failure, console) }
    let size = Terminal.size()
    screen.draw(failure.lines.map { ScreenText($0, .alarm).cut(to: size?.columns ?? .max) }, size)
  }
}

/// The alternate screen of a terminal, drawn over and over without a flicker: each line is overwritten where it stands, in
/// one piece of output (ECMA-48; the alternate screen is xterm's).
struct WatchScreen {
  let console: Console

  func open() { console.write("\u{1B}[?1049h\u{1B}[?25l") }

  func close() { console.write("\u{1B}[?25h\u{1B}[?1049l") }

  func draw(_ lines: [ScreenText], _ size: Terminal.Size?) {
    console.write(Self.frame(lines, size, styled: console.isStyled))
  }

  /// What draws the lines. Those for which there is no row are counted in the last one.
  static func frame(_ lines: [ScreenText], _ size: Terminal.Size?, styled: Bool) -> String {
    var shown = lines
    if let size, lines.count > size.rows {
      let left = lines.count - size.rows + 1
      shown = lines.prefix(size.rows - 1) + [ScreenText("... and \(left) more lines", .dim).cut(to: size.columns)]
    }
    let text = shown.map { $0.rendered(styled: styled) + "\u{1B}[K" }.joined(separator: "\r\n")
    return "\u{1B}[H" + text + "\u{1B}[J"
  }
}
