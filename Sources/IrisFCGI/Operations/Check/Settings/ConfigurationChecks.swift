/// Whether the configuration is sound, kept well, and enough to serve.
enum ConfigurationChecks {
  private static let name = "configuration"
  private static let lookUp = "iris-fcgi config shows every value and where it comes from"

  /// Every problem and, beside them, the warnings that do not need sound values.
  static func broken(_ problems: ConfigurationProblems, _ loader: ConfigurationLoader) -> [Finding] {
    problems.lines.map { .told(name, .failed, $0, otherwise: lookUp) } + warnings(loader)
  }

  static func sound(_ loader: ConfigurationLoader, _ configuration: Configuration) -> [Finding] {
    [.ok(name, "valid; read from \(places(loader.layers.fileState))")] + warnings(loader)
      + openAddresses(configuration.addresses)
  }

  /// Links in mails and answers that lead over plain HTTP: what hangs on them, a new password say, can be read on the way.
  private static func openAddresses(_ addresses: PublicAddresses) -> [Finding] {
    let all: [(Variable, String?)] = [
      (.publicURL, addresses.site), (.loginURL, addresses.login), (.upgradeURL, addresses.upgrade),
    ]
    return all.filter { _, address in address.map { (try? AddressSyntax.protected($0)) == nil } ?? false }
      .map { variable, _ in
        .warning(name, "\(variable.rawValue) is not https", advice: "serve it over TLS and say https://")
      }
  }

  /// What FastCGI workers refuse to start without.
  static func serving(_ configuration: Configuration) -> [Finding] {
    let missing = configuration.missingForServing()
    guard missing.isEmpty else { return missing.map { .told("serving", .failed, $0, otherwise: lookUp) } }
    return [.ok("serving", "every variable that workers need is set")]
  }

  private static func warnings(_ loader: ConfigurationLoader) -> [Finding] {
    var findings = loader.warnings.map { Finding.told(name, .warning, $0, otherwise: lookUp) }
    if case .denied(let path) = loader.layers.fileState {
      findings.append(
        .warning(name, "\(path) may not be read by this user, so only the environment counts", advice: "run it as root")
      )
    }
    return findings
  }

  private static func places(_ state: ConfigurationLayers.FileState) -> String {
    switch state {
    case .read(let path): "the environment and \(path)"
    case .missing(let path): "the environment alone, as there is no \(path)"
    case .denied, .none: "the environment alone"
    }
  }
}
