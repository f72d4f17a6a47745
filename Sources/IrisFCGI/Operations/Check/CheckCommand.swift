import IrisSystem

/// `iris-fcgi check`, the doctor: looks at everything that Iris depends on, from the configuration outwards, and says what
/// is wrong and what to do. What depends on something broken is skipped and named as such. It changes nothing, but for an
/// account that it makes and erases to try a stream through the public address.
struct CheckCommand {
  private let request: CheckRequest
  private let loader: ConfigurationLoader
  private let surroundings: CheckSurroundings
  /// Takes each finding as soon as it is known: some take seconds.
  private let note: (Finding) -> Void

  /// - Returns: the exit code.
  static func run(
    _ request: CheckRequest = CheckRequest(), json: Bool, loader: ConfigurationLoader, console: Console = .host,
    surroundings: CheckSurroundings = .host
  ) -> Int32 {
    var findings: [Finding] = []
    let command = CheckCommand(request: request, loader: loader, surroundings: surroundings) { finding in
      findings.append(finding)
      if !json { console.write(finding.rendered(styled: console.isStyled)) }
    }
    command.examine()
    let report = CheckReport(findings)
    if json { console.writeJSON(report) } else { console.write("\n" + report.summary) }
    return report.exitCode
  }

  private func examine() {
    let configuration: Configuration
    do throws(ConfigurationProblems) {
      configuration = try loader.load()
    } catch {
      ConfigurationChecks.broken(error, loader).forEach(note)
      let reason = "the configuration is not valid"
      let names =
        ["serving"] + DatabaseChecks.names + ["gemini", FolderChecks.stateName, FolderChecks.runtimeName]
        + [UnitChecks.name, NginxChecks.name, "sockets", PoolChecks.name]
      names.forEach { note(.skipped($0, reason)) }
      return
    }
    ConfigurationChecks.sound(loader, configuration).forEach(note)
    ConfigurationChecks.serving(configuration).forEach(note)
    let units = UnitFolders(
      folders: surroundings.unitFolders, files: surroundings.files, access: surroundings.folders)
    let pools = PoolChecks(
      directory: configuration.runtimeDirectory, enabled: { units.instances(of: UnitChecks.service($0)) })
    let first = pools.look()
    DatabaseChecks(configuration, workers: workers(first, units), note: note).examine()
    peers(configuration)
    let site = host(configuration, units)
    pools.findings(since: first).forEach(note)
    if let address = request.address { examine(address, configuration, site) }
  }

  /// Those that live, or would once all that are enabled do.
  private func workers(_ reading: PoolChecks.Reading?, _ units: UnitFolders) -> Int {
    let living = reading?.pools.values.reduce(0) { $0 + $1.workers } ?? 0
    return max(living, PoolRequest.pools.reduce(0) { $0 + units.instances(of: UnitChecks.service($1)) })
  }

  private func peers(_ configuration: Configuration) {
    ModelChecks(configuration, transport: surroundings.transport).findings().forEach(note)
    ModelKeyChecks(configuration, settings: loader.settings, files: surroundings.files).findings().forEach(note)
    IssuerChecks(
      issuer: configuration.externalIssuer, files: surroundings.files, transport: surroundings.transport
    ).findings().forEach(note)
    MailChecks(mail: configuration.mail, greet: surroundings.greet).findings().forEach(note)
    WebhookChecks(configuration: configuration, probe: surroundings.probe).findings().forEach(note)
  }

  /// - Returns: what nginx's files say of Iris.
  private func host(_ configuration: Configuration, _ units: UnitFolders) -> NginxSite? {
    let (files, folders) = (surroundings.files, surroundings.folders)
    let workers = PoolRequest.pools.lazy.compactMap { units.unit(UnitChecks.service($0))?.value("Service", "User") }
      .first
    FolderChecks(configuration, files: files, folders: folders, workers: workers.flatMap(surroundings.user))
      .findings().forEach(note)
    let deadline = configuration.chat.deadlineSeconds
    UnitChecks(units: units, chatDeadlineSeconds: deadline, longestQueue: longestQueue).findings().forEach(note)
    let (site, problems) = NginxChecks.read(
      request.nginx ?? NginxFiles.usual, isAsked: request.nginx != nil, files: files, folders: folders)
    problems.forEach(note)
    if let site { NginxChecks(site: site, chatDeadlineSeconds: deadline).findings().forEach(note) }
    SocketChecks(site: site, units: units, files: files, user: surroundings.user).findings().forEach(note)
    return site
  }

  private var longestQueue: Int? {
    guard let text = try? surroundings.files.read("/proc/sys/net/core/somaxconn", 64) else { return nil }
    return Int(String(decoding: text, as: UTF8.self).filter(\.isNumber))
  }

  private func examine(_ address: PublicAddress, _ configuration: Configuration, _ site: NginxSite?) {
    let origins = request.origin.map { [$0] } ?? site?.origins ?? []
    let answers = PublicChecks(address: address, origins: origins, probe: surroundings.probe).examine(note)
    guard answers else { return note(.skipped(StreamChecks.name, "the site does not answer")) }
    StreamChecks(
      address: address, chatDeadlineSeconds: configuration.chat.deadlineSeconds, probe: surroundings.probe,
      account: { () throws(CommandFailure) in try account(at: address) }
    ).findings().forEach(note)
  }

  private func account(at address: PublicAddress) throws(CommandFailure) -> (token: String, end: () -> Finding?) {
    guard request.readsToken else {
      return try TrialAccount(address: address, loader: loader, probe: surroundings.probe).token()
    }
    let line: [UInt8]?
    do throws(TerminalError) { line = try surroundings.passwords.readLine() } catch { throw CommandFailure("\(error)") }
    let token = String(decoding: line ?? [], as: UTF8.self)
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw CommandFailure("standard input has no token on its first line")
    }
    return (token, { nil })
  }
}
