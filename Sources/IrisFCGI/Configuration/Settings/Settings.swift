import IrisSystem

/// Where a value comes from.
enum ValueSource: Equatable, Sendable {
  /// Nothing was set: the option's fallback, or no value.
  case fallback
  case environment
  case environmentFile(path: String, line: Int)
  /// The file that `NAME_FILE` names.
  case file(path: String)
  /// A systemd credential.
  case credential(path: String)

  /// The one word that `iris-fcgi config` prints.
  var word: String {
    switch self {
    case .fallback: "default"
    case .environment: "environment"
    case .environmentFile: "env-file"
    case .file: "file"
    case .credential: "credential"
    }
  }

  /// The place that an error line names; nil where the variable's name says it all.
  var place: String? {
    switch self {
    case .fallback, .environment: nil
    case .environmentFile(let path, let line): "\(path):\(line)"
    case .file(let path), .credential(let path): path
    }
  }
}

/// One option's text before it is understood. Held redacted whether the option is secret or not.
struct Setting: Equatable, Sendable {
  let text: Secret
  let source: ValueSource
}

/// The texts of all options that have one, with what was noticed while they were collected.
struct Settings: Sendable {
  var values: [Variable: Setting] = [:]
  /// What keeps Iris from starting, one line each.
  var problems: [String] = []
  /// What works but should not stay so, one line each; `iris-fcgi check` shows them.
  var warnings: [String] = []
  /// Each file that a `NAME_FILE` names, as it was just before it was read; nil: it could not be examined.
  var watchedFiles: [String: FileStatus.Identity?] = [:]

  /// The text for people: never that of a secret.
  func shownValue(of variable: Variable) -> String? {
    guard let setting = values[variable] else { return nil }
    return variable.option.isSecret ? Secret.redaction : setting.text.exposed
  }
}

/// All settings are invalid together: every problem is one line that names the variable, what is wrong and what to do.
struct ConfigurationProblems: Error, Equatable, CustomStringConvertible {
  let lines: [String]

  var description: String { lines.joined(separator: "\n") }
}
