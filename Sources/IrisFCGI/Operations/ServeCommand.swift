import IrisSystem

/// `iris-fcgi` without an argument: FastCGI when a listening socket was handed over, CGI when the environment holds a
/// request, else help. The socket comes first, since a service may have been started from within a CGI environment.
enum ServeCommand {
  /// How long a worker that cannot start stays, so that a service manager that starts it again and again has no hurry.
  private static let microsecondsBeforeRefusal: Int64 = 2_000_000

  static func run(loader: ConfigurationLoader, console: Console = .host) -> Int32 {
    let environment = HostProcess.environment
    let socket = ListeningSocket.inherited(environment: environment)
    guard socket != nil || CGIGateway.isRequest(environment) else {
      console.writeError(
        "iris-fcgi: there is no listening socket (LISTEN_FDS, descriptor 0) and no CGI request (REQUEST_METHOD); "
          + "start it from systemd, spawn-fcgi or a web server, or name a command: iris-fcgi help\n")
      return ExitCode.usage
    }
    do {
      let configuration = try loader.load()
      let scoreboard = Scoreboard(directory: configuration.runtimeDirectory)
      let services = try Services(configuration: configuration, scoreboard: scoreboard)
      guard let socket else { return CGIGateway.serve(environment, services: services) }
      return try serve(socket, services: services, loader: loader)
    } catch let problems as ConfigurationProblems {
      return refuse(problems.lines, console)
    } catch {
      return refuse(["\(error)"], console)
    }
  }

  private static func serve(_ socket: ListeningSocket, services: Services, loader: ConfigurationLoader) throws -> Int32
  {
    let missing = services.configuration.missingForServing()
    guard missing.isEmpty else { throw ConfigurationProblems(lines: missing) }
    if let obstacle = services.scoreboard.obstacle {
      services.log.write(.warning, "no shared scoreboard; this worker counts alone", [("reason", .text(obstacle))])
    }
    services.scoreboard.enter()
    services.scoreboard.bury(log: services.log)
    guard let signals = TerminationSignals(), let queue = ConnectionQueue(socket: socket, signals: signals) else {
      throw ConfigurationProblems(lines: ["the system gives no descriptors for signals and polling (ulimit -n)"])
    }
    return FastCGIGateway(queue: queue, loader: loader, worker: Worker(services: services)).serve()
  }

  private static func refuse(_ lines: [String], _ console: Console) -> Int32 {
    for line in lines { console.writeError("iris-fcgi: \(line)\n") }
    if let first = lines.first, ServiceNotification().send("STATUS=cannot start: \(first)") {
      Clock.sleep(microseconds: microsecondsBeforeRefusal)
    }
    return ExitCode.failed
  }
}
