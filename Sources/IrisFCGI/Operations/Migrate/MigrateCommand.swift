/// `iris-fcgi migrate`: applies the schema of this release.
enum MigrateCommand {
  static func run(json: Bool, loader: ConfigurationLoader, console: Console = .host) -> Int32 { ExitCode.failed }
}
