import IrisSystem

@testable import IrisFCGI

/// systemd as `ServiceManager` sees it: units that are enabled or active, and those that cannot start.
final class FakeSystemd {
  var enabled: Set<String>
  var active: Set<String>
  var broken: Set<String> = []
  var target = "active"
  /// What a worker that could not start said.
  var status = "\n"
  /// Whether everything that changes something is refused, as to users who are not root.
  var refuses = false
  /// What was done, without questions.
  private(set) var deeds: [String] = []

  /// - Parameter running: units that are both enabled and active.
  init(running: [String]) {
    enabled = Set(running)
    active = Set(running)
  }

  var manager: ServiceManager {
    ServiceManager(systemctl: { Subprocess.Outcome.of(self.answer($0)) }, isThere: { true })
  }

  private func answer(_ words: [String]) -> (code: Int32, output: String) {
    let units = words.dropFirst().filter { !$0.hasPrefix("-") }
    switch words[0] {
    case "show" where words.contains("--property=Wants"):
      return (0, "iris-api.socket \(enabled.sorted().joined(separator: " ")) iris-maintain.timer\n")
    case "show" where words.contains("--property=StatusText"): return (0, status)
    case "show": return (0, target + "\n")
    case "list-units":
      return (0, active.sorted().map { "\($0) loaded active running Phoenix Iris, a worker\n" }.joined())
    default:
      deeds.append(([words[0]] + units).joined(separator: " "))
      return (refuses ? 1 : change(words[0], units) ? 0 : 1, "")
    }
  }

  private func change(_ verb: String, _ units: [String]) -> Bool {
    switch verb {
    case "enable": enabled.formUnion(units)
    case "disable": enabled.subtract(units)
    case "stop": active.subtract(units)
    default:
      active.formUnion(units)
      active.subtract(broken)
      return broken.isDisjoint(with: units)
    }
    return true
  }
}

extension Subprocess.Outcome {
  fileprivate static func of(_ answer: (code: Int32, output: String)) -> Subprocess.Outcome {
    Subprocess.Outcome(code: answer.code, output: answer.output)
  }
}
