import IrisSystem

/// Reads the configuration at the start, and again while the program runs when the file of a secret changed.
///
/// Only files that a `NAME_FILE` names are watched: the environment of a process cannot change from outside, and systemd
/// does not change credentials of a running service. Not `Sendable`: a worker is one thread.
final class ConfigurationLoader {
  /// How often the files are looked at, at most.
  static let microsecondsBetweenLooks: Int64 = 1_000_000

  let layers: ConfigurationLayers
  /// The texts of the last look, also when they are unsound: for `iris-fcgi config` and `check`.
  private(set) var settings: Settings
  private let files: FileAccess
  private var current: Configuration?
  private var lastLook: Int64?

  /// Reads the environment file and every secret's file.
  init(environment: [String: String], files: FileAccess = .host) {
    self.files = files
    layers = ConfigurationLayers(environment: environment, files: files)
    settings = SettingsResolver.resolve(layers, files: files)
  }

  /// The configuration as it was read, or everything that is wrong with it.
  func load() throws(ConfigurationProblems) -> Configuration {
    let configuration = try Configuration(settings, files: files)
    current = configuration
    return configuration
  }

  /// What a worker with this configuration would refuse to start for, one line each; none: it starts.
  func obstaclesToServing() -> [String] {
    do throws(ConfigurationProblems) { return try load().missingForServing() } catch { return error.lines }
  }

  /// What works but should not stay so, one line each: for `check`.
  var warnings: [String] { settings.warnings + (current?.sharedKeyWarnings() ?? []) }

  /// The new configuration when the file of a secret changed and all is still sound; nil: go on with the present one.
  ///
  /// An unsound change is reported once, in one line, and the present configuration stays.
  /// - Parameters:
  ///   - now: `Clock.monotonicMicroseconds`; looks less than a second apart cost nothing.
  ///   - report: takes the warning line; it holds no secret.
  func reloadIfChanged(now: Int64, report: (String) -> Void) -> Configuration? {
    guard !settings.watchedFiles.isEmpty else { return nil }
    if let lastLook, now - lastLook < Self.microsecondsBetweenLooks { return nil }
    lastLook = now
    guard settings.watchedFiles.contains(where: { files.identity(of: $0.key) != $0.value }) else { return nil }
    settings = SettingsResolver.resolve(layers, files: files)
    do throws(ConfigurationProblems) {
      let configuration = try Configuration(settings, files: files)
      guard configuration != current else { return nil }
      current = configuration
      return configuration
    } catch {
      report("a changed secret is not used, the former stays: \(error.lines.joined(separator: " | "))")
      return nil
    }
  }
}

extension Configuration {
  /// The configuration of this environment: what a command needs that looks at it once.
  static func load(
    environment: [String: String], files: FileAccess = .host
  ) throws(ConfigurationProblems) -> Configuration {
    try ConfigurationLoader(environment: environment, files: files).load()
  }
}
