import IrisSystem

/// What can be said of keys and models without asking anybody: keys that grow old, what workers have set aside, models
/// that the budget cannot count.
struct ModelKeyChecks {
  /// A key that was never changed is one that everybody who ever had it still has.
  static let oldDays: Int64 = 90

  private let configuration: Configuration
  private let settings: Settings
  private let files: FileAccess
  /// Unix time in milliseconds.
  private let now: Int64

  init(
    _ configuration: Configuration, settings: Settings, files: FileAccess = .host,
    now: Int64 = Clock.realtimeMilliseconds
  ) {
    self.configuration = configuration
    self.settings = settings
    self.files = files
    self.now = now
  }

  func findings() -> [Finding] { age(.geminiAPIKeys) + age(.backupAPIKey) + setAside() + prices() }

  /// Only a file has an age that tells something: the environment has none, and a credential is made at each start.
  private func age(_ variable: Variable) -> [Finding] {
    guard case .file(let path) = settings.values[variable]?.source, let status = try? files.status(path) else {
      return []
    }
    let days = (now - status.identity.modifiedNanoseconds / 1_000_000) / 86_400_000
    guard days > Self.oldDays else { return [] }
    return [
      .warning(
        variable == .backupAPIKey ? "backup key" : "gemini keys", "\(path) has not changed for \(days) days",
        advice: "make a new key, put it into the file, delete the old one; workers notice without a restart")
    ]
  }

  /// Without a scoreboard nothing is known, which the runtime folder's check tells.
  private func setAside() -> [Finding] {
    guard let board = try? Scoreboard(existingIn: configuration.runtimeDirectory) else { return [] }
    return scopes().compactMap { name, identity, what in
      let state = board.routeHealth.state(of: identity, at: now)
      guard state.isSetAside(at: now), let reason = state.reason else { return nil }
      let until = Timestamp.rfc3339(microseconds: state.until * 1_000)
      return .warning(
        name, "\(what) is set aside by the workers until \(until): \(reason.logWord)", advice: Self.advice(reason))
    }
  }

  /// Everything that can be set aside: the finding's name, and what of it.
  private func scopes() -> [(name: String, SharedSlots.Identity, what: String)] {
    let gemini = configuration.gemini
    var all = scopes("gemini", base: gemini.baseURL, models: gemini.models, keys: gemini.keys)
    if let backup = configuration.backup {
      all += scopes("backup", base: backup.baseURL, models: [backup.model], keys: [backup.key])
    }
    return all
  }

  private func scopes(
    _ name: String, base: String, models: [String], keys: [Secret?]
  ) -> [(name: String, SharedSlots.Identity, what: String)] {
    func scope(_ level: RouteScopes.Level, _ model: String, _ key: Secret?) -> SharedSlots.Identity {
      RouteScopes(base: base, model: model, key: key)[level]
    }
    guard let model = models.first, let key = keys.first else { return [] }
    var all = [(name, scope(.provider, model, key), "the server")]
    all += models.map { (name, scope(.model, $0, key), $0) }
    for (index, key) in keys.enumerated() {
      let keyName = "\(name) key \(index + 1)"
      all.append((keyName, scope(.key, model, key), "the key"))
      all += models.map { (keyName, scope(.pair, $0, key), "\($0) with this key") }
    }
    return all
  }

  private static func advice(_ reason: SetAsideReason) -> String {
    switch reason.family {
    case .quota: "wait, add a key of another project, or raise the project's quota"
    case .key: "replace the key; a new one is used at once"
    case .gone: "name another model in its place"
    case .fault, .reach: "wait: it is tried again by itself"
    }
  }

  private func prices() -> [Finding] {
    guard configuration.dailyBudget != nil else { return [] }
    let models = configuration.gemini.models + (configuration.backup.map { [$0.model] } ?? [])
    return models.filter { configuration.prices.byModel[$0] == nil }.map { model in
      .warning(
        "budget", "\(model) has no price, so its calls do not count towards IRIS_DAILY_BUDGET",
        advice: "add \(model)=in/out/cached to IRIS_PRICES, 0/0 where it costs nothing")
    }
  }
}
