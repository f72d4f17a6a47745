import IrisDomain
import IrisSystem

/// Turns texts into values and collects what is wrong with them.
///
/// A malformed text is recorded and the option's fallback taken in its place, so that one pass finds every problem; the
/// result is thrown away when there was any.
struct SettingsReader {
  private let settings: Settings
  private let files: FileAccess
  private(set) var problems: [String] = []
  private var malformed: Set<Variable> = []

  private static let zoneFolder = "/usr/share/zoneinfo"

  init(_ settings: Settings, files: FileAccess) {
    self.settings = settings
    self.files = files
  }

  /// Whether the operator gave a value, sound or not.
  func isSet(_ variable: Variable) -> Bool {
    settings.values[variable].map { $0.source != .fallback } ?? false
  }

  /// Whether all these are as their option demands, so that a rule between them can be checked.
  func areSound(_ variables: Variable...) -> Bool { malformed.isDisjoint(with: variables) }

  /// All of these are set, or none; each missing one is reported.
  mutating func requireTogether(_ variables: Variable...) {
    let present = variables.filter(isSet)
    guard let first = present.first else { return }
    for missing in variables where !isSet(missing) {
      report(missing, "is not set but \(first.rawValue) is; \(missing.option.kind.expectation)")
    }
  }

  mutating func report(_ variable: Variable, _ words: String) {
    problems.append("\(variable.rawValue): \(words)")
  }

  /// The value, or nil when there is none; a malformed one is reported.
  mutating func optional<Value>(
    _ variable: Variable, _ parse: (String) throws(BadValue) -> Value
  ) -> Value? {
    guard let setting = settings.values[variable] else { return nil }
    do throws(BadValue) {
      try ValueSyntax.refuseControls(setting.text.exposed)
      return try parse(setting.text.exposed)
    } catch {
      malformed.insert(variable)
      report(variable, explain(error, setting, variable.option.kind))
      return nil
    }
  }

  /// The value of an option that has a fallback.
  mutating func required<Value>(_ variable: Variable, _ parse: (String) throws(BadValue) -> Value) -> Value {
    if let value = optional(variable, parse) { return value }
    guard let fallback = variable.option.fallback, let value = try? parse(fallback) else {
      preconditionFailure("\(variable.rawValue) has no valid fallback in the option table")
    }
    return value
  }

  private func explain(_ error: BadValue, _ setting: Setting, _ kind: OptionKind) -> String {
    let place = setting.source.place.map { "(\($0)) " } ?? ""
    let quoted = kind.mayBeQuoted ? "\(Self.quoted(setting.text.exposed)) " : ""
    return "\(place)\(quoted)\(error.words); \(kind.expectation)"
  }

  /// At most 60 characters, control characters escaped.
  private static func quoted(_ text: String) -> String {
    let head = String(text.prefix(60))
    return (head.count < text.count ? head + "…" : head).debugDescription
  }
}

extension SettingsReader {
  mutating func integer(_ variable: Variable) -> Int {
    guard case .integer(let range, _) = variable.option.kind else {
      preconditionFailure("\(variable.rawValue) is no integer in the option table")
    }
    return required(variable) { (text) throws(BadValue) in try ValueSyntax.integer(text, in: range) }
  }

  /// One of the words of a closed list; nil when nothing is set and there is no fallback.
  mutating func word<Word: RawRepresentable<String>>(_ variable: Variable) -> Word? {
    optional(variable) { (text) throws(BadValue) in try Self.word(text) }
  }

  mutating func requiredWord<Word: RawRepresentable<String>>(_ variable: Variable) -> Word {
    required(variable) { (text) throws(BadValue) in try Self.word(text) }
  }

  private static func word<Word: RawRepresentable<String>>(_ text: String) throws(BadValue) -> Word {
    guard let word = Word(rawValue: text) else { throw BadValue("is not one of the known words") }
    return word
  }

  mutating func secret(_ variable: Variable) -> Secret? {
    guard case .secret(let minimum) = variable.option.kind else {
      preconditionFailure("\(variable.rawValue) is no secret in the option table")
    }
    return optional(variable) { (text) throws(BadValue) in try ValueSyntax.secret(text, minimumBytes: minimum) }
  }

  mutating func secrets(_ variable: Variable) -> [Secret] {
    guard case .secrets(let minimum) = variable.option.kind else {
      preconditionFailure("\(variable.rawValue) is no list of secrets in the option table")
    }
    return optional(variable) { (text) throws(BadValue) in
      try ValueSyntax.secrets(text, minimumBytes: minimum)
    } ?? []
  }

  /// An address that is a secret as a whole, because it holds a password or a token.
  mutating func secretAddress(
    _ variable: Variable, _ check: (String) throws(BadValue) -> String
  ) -> Secret? {
    optional(variable) { (text) throws(BadValue) in Secret(try check(text)) }
  }

  /// The name of a zone that this machine knows. Without a zone folder (a minimal container) PostgreSQL has the last word.
  mutating func timeZone(_ variable: Variable) -> String {
    let (files, folder) = (files, Self.zoneFolder)
    return required(variable) { (text) throws(BadValue) in
      let name = try ValueSyntax.timeZone(text)
      guard files.exists(folder), !files.isRegular("\(folder)/\(name)"), name != variable.option.fallback else {
        return name
      }
      throw BadValue("is not a time zone that \(folder) knows")
    }
  }
}
