import IrisSystem

/// The program: chooses the command and ends with its exit code.
@main
struct IrisFCGI {
  static func main() {
    HostProcess.exit(run(Array(HostProcess.arguments.dropFirst())))
  }

  private static func run(_ arguments: [String]) -> Int32 {
    let command: Command
    do throws(UsageError) {
      command = try Command.parse(arguments)
    } catch {
      return HelpCommand.refuse(error)
    }
    switch command {
    case .help(let topic): return HelpCommand.run(topic)
    case .version(let json): return HelpCommand.version(json: json)
    case .keys(let json): return KeysCommand.run(json: json)
    case .serve: return ServeCommand.run(loader: loader)
    case .config(let json): return ConfigCommand.run(json: json, loader: loader)
    case .importing(let request, let json): return ImportCommand.run(request, json: json, loader: loader)
    case .maintain(let archive, let json):
      return MaintainCommand.run(json: json, archive: archive, loader: loader)
    case .migrate(let request, let json): return MigrateCommand.run(request, json: json, loader: loader)
    case .pool(let request, let json): return PoolCommand.run(request, json: json)
    case .reload(let json): return ReloadCommand.run(json: json, loader: loader)
    case .status(let watch, let json): return StatusCommand.run(watch: watch, json: json, loader: loader)
    case .check(let request, let json): return CheckCommand.run(request, json: json, loader: loader)
    case .user(let command, let json): return AccountsCommand.run(command, json: json, loader: loader)
    }
  }

  private static var loader: ConfigurationLoader { ConfigurationLoader(environment: HostProcess.environment) }
}
