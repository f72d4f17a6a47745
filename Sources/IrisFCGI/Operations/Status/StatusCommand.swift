/// `iris-fcgi status`: what every worker is doing now.
enum StatusCommand {
  static func run(watch: Bool, json: Bool, loader: ConfigurationLoader, console: Console = .host) -> Int32 {
    ExitCode.failed
  }
}
