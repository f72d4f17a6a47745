import IrisSystem

/// `iris-fcgi check`, the doctor: looks at everything that Iris depends on, from the configuration outwards, and says what
/// is wrong and what to do. What depends on something broken is skipped and named as such.
struct CheckCommand {
  /// What the checks touch outside the database; tests replace it.
  struct Surroundings {
    var files = FileAccess.host
    var folders = FolderAccess.host
    /// One HTTP exchange with a model server.
    var transport: Gemini.Transport

    static var host: Surroundings {
      let curl = LazyCurl()
      return Surroundings { (request, limits, client, follower) throws(CurlError) in
        try curl.perform(request, limits, client, follower)
      }
    }
  }

  private let loader: ConfigurationLoader
  private let surroundings: Surroundings
  /// Takes each finding as soon as it is known: some take seconds.
  private let note: (Finding) -> Void

  /// - Returns: the exit code.
  static func run(
    url: String? = nil, json: Bool, loader: ConfigurationLoader, console: Console = .host,
    surroundings: Surroundings = .host
  ) -> Int32 {
    var findings: [Finding] = []
    let command = CheckCommand(loader: loader, surroundings: surroundings) { finding in
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
      (["serving"] + DatabaseChecks.names + ["gemini", FolderChecks.stateName, FolderChecks.runtimeName]).forEach {
        note(.skipped($0, reason))
      }
      return
    }
    ConfigurationChecks.sound(loader).forEach(note)
    ConfigurationChecks.serving(configuration).forEach(note)
    DatabaseChecks(configuration, note: note).examine()
    ModelChecks(configuration, transport: surroundings.transport).findings().forEach(note)
    ModelKeyChecks(configuration, settings: loader.settings, files: surroundings.files).findings().forEach(note)
    FolderChecks(configuration, files: surroundings.files, folders: surroundings.folders).findings().forEach(note)
  }
}

/// libcurl takes a moment to begin, and is needed only where there is a key.
private final class LazyCurl {
  private lazy var client = CurlClient()

  func perform(
    _ request: CurlRequest, _ limits: TransferLimits, _ watched: Int32?, _ follower: TransferFollower?
  ) throws(CurlError) -> CurlReply {
    guard let client else { throw .interrupted(code: -1) }
    return try client.perform(request, limits: limits, watching: watched)
  }
}
