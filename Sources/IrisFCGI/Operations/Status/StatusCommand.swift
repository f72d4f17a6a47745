import IrisSystem

/// `iris-fcgi status`: what every worker is doing now, and how the pools, the models and the database are. It needs no
/// database, no worker that answers, and touches nothing.
enum StatusCommand {
  static func run(watch: Bool, json: Bool, loader: ConfigurationLoader, console: Console = .host) -> Int32 {
    let reader = StatusReader(loader)
    do throws(CommandFailure) {
      let report = try reader.read()
      if watch { return StatusWatch(reader: reader, console: console, json: json).run(from: report) }
      let text = StatusText(report: report, width: Terminal.size()?.columns)
      console.write(json ? StatusDocument(report: report).line : Self.page(text.lines, styled: console.isStyled))
      return ExitCode.fine
    } catch {
      refuse(error, console)
      return error.code
    }
  }

  static func page(_ lines: [ScreenText], styled: Bool) -> String {
    lines.map { $0.rendered(styled: styled) + "\n" }.joined()
  }

  static func refuse(_ failure: CommandFailure, _ console: Console) {
    for line in failure.lines { console.writeError("iris-fcgi: \(line.singleLine)\n") }
  }
}
