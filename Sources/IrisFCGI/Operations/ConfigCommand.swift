import IrisSystem

/// `iris-fcgi config`: the effective configuration and where each value comes from.
enum ConfigCommand {
  static func run(json: Bool, loader: ConfigurationLoader, console: Console = .host) -> Int32 {
    var problems: [String] = []
    do throws(ConfigurationProblems) { _ = try loader.load() } catch { problems = error.lines }
    if json {
      console.writeJSON(Report(loader, problems: problems))
    } else if problems.isEmpty {
      console.write(table(loader).rendered(styled: console.isStyled))
      console.writeError(remark(loader.layers.fileState).map { "\($0)\n" } ?? "")
    } else {
      for problem in problems { console.writeError("\(problem)\n") }
    }
    return problems.isEmpty ? ExitCode.fine : ExitCode.failed
  }

  private static func table(_ loader: ConfigurationLoader) -> OutputTable {
    var table = OutputTable(heading: ["NAME", "VALUE", "SOURCE"])
    for option in OptionTable.rows {
      let setting = loader.settings.values[option.variable]
      let source = setting?.source ?? .fallback
      let place = source.place.map { " \($0)" } ?? ""
      table.add(
        [option.name, shown(option, setting), source.word + place], source == .fallback ? .dim : .normal)
    }
    return table
  }

  private static func shown(_ option: Option, _ setting: Setting?) -> String {
    guard let setting else { return "not set" }
    return option.isSecret ? "set" : setting.text.exposed
  }

  /// A file that was not read explains values that the operator misses.
  private static func remark(_ state: ConfigurationLayers.FileState) -> String? {
    switch state {
    case .read, .none: nil
    case .missing(let path): "\(path) does not exist: only the environment counts"
    case .denied(let path): "\(path) may not be read by this user: only the environment counts; run it as root"
    }
  }

  /// The shape of `--json`.
  struct Report: Encodable {
    /// One variable; `value` is absent where nothing is set and for every secret.
    struct Entry: Encodable {
      let name: String
      let value: String?
      let secret: Bool
      let set: Bool
      let source: String
      let place: String?
    }

    let valid: Bool
    let problems: [String]
    let warnings: [String]
    let options: [Entry]

    init(_ loader: ConfigurationLoader, problems: [String]) {
      valid = problems.isEmpty
      self.problems = problems
      warnings = loader.warnings
      options = OptionTable.rows.map { option in
        let setting = loader.settings.values[option.variable]
        let source = setting?.source ?? .fallback
        return Entry(
          name: option.name, value: option.isSecret ? nil : setting?.text.exposed, secret: option.isSecret,
          set: setting.map { $0.source != .fallback } ?? false, source: source.word, place: source.place)
      }
    }
  }
}
