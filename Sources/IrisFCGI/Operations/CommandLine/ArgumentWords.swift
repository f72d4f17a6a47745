import IrisDomain
import IrisSystem

/// A command's arguments, told apart: options anywhere, positions in their order, everything after `--` a position.
struct ArgumentWords {
  private(set) var positions: [String] = []
  private(set) var asksForHelp = false
  private var flags: Set<String> = []
  private var values: [String: String] = [:]
  private let topic: HelpTopic

  /// - Parameters:
  ///   - flags: options that stand alone.
  ///   - values: options that take a value: `--name VALUE` or `--name=VALUE`.
  init(
    _ arguments: [String], _ topic: HelpTopic, flags knownFlags: Set<String>, values knownValues: Set<String> = []
  ) throws(UsageError) {
    self.topic = topic
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positions += rest
        return
      }
      if word == "--help" || word == "-h" {
        asksForHelp = true
      } else if knownFlags.contains(word) {
        flags.insert(word)
      } else if word.hasPrefix("-"), word != "-" {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard knownValues.contains(parts[0]) else { throw error("unknown option \(word.debugDescription)") }
        guard values[parts[0]] == nil else { throw error("\(parts[0]) is given twice") }
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
          throw error("\(parts[0]) needs a value")
        }
        values[parts[0]] = value
      } else {
        positions.append(word)
      }
    }
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  func value(_ option: String) -> String? { values[option] }

  /// Refuses missing and surplus positions, naming what is expected.
  func expectPositions(_ names: [String]) throws(UsageError) {
    if positions.count < names.count { throw error("\(names[positions.count]) is missing") }
    if positions.count > names.count { throw error("unexpected argument \(positions[names.count].debugDescription)") }
  }

  func tier(_ text: String) throws(UsageError) -> Tier {
    guard let tier = Tier(rawValue: text) else { throw error("\(text.debugDescription) is neither free nor premium") }
    return tier
  }

  func reference(_ text: String) throws(UsageError) -> UserReference {
    if text.contains("@") { return .email(text) }
    guard let id = Identifier.canonicalUUID(text) else {
      throw error("\(text.debugDescription) is neither an e-mail address nor an id")
    }
    return .id(id)
  }

  func error(_ reason: String) -> UsageError { UsageError(reason: reason, topic: topic) }
}
