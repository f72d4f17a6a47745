/// `iris-fcgi reload`: replaces the workers one by one.
enum ReloadCommand {
  static func run(json: Bool, loader: ConfigurationLoader, console: Console = .host) -> Int32 { ExitCode.failed }
}
