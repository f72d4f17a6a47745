import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// What somebody types or pipes, and which prompts were shown.
final class Typist {
  private(set) var prompts: [String] = []
  private var lines: [[UInt8]]
  private let isAtTerminal: Bool

  init(_ lines: [[UInt8]], isAtTerminal: Bool = true) {
    self.lines = lines
    self.isAtTerminal = isAtTerminal
  }

  convenience init(_ lines: String..., isAtTerminal: Bool = true) {
    self.init(lines.map { Array($0.utf8) }, isAtTerminal: isAtTerminal)
  }

  var input: PasswordInput {
    PasswordInput(
      readLine: { () throws(TerminalError) in self.next() },
      ask: { (prompt) throws(TerminalError) in
        self.prompts.append(prompt)
        guard let line = self.next() else { throw .interrupted }
        return line
      })
  }

  var confirmation: Confirmation {
    Confirmation(isPossible: isAtTerminal, readLine: { () throws(TerminalError) in self.next() })
  }

  private func next() -> [UInt8]? { lines.isEmpty ? nil : lines.removeFirst() }
}

/// One run of `iris-fcgi user`.
struct AccountsRun {
  let code: Int32
  let output: String
  let errors: String

  init(
    _ words: String, url: String?, _ typist: Typist = Typist("une longue phrase"), _ variables: [String: String] = [:]
  ) throws {
    let arguments = ["user"] + words.split(separator: " ").map(String.init)
    guard case .user(let command, let json) = try Command.parse(arguments) else {
      throw UsageError(reason: "no user command: \(words)", topic: .user)
    }
    self.init(command, json: json, url: url, typist, variables)
  }

  init(
    _ command: UserCommand, json: Bool = false, url: String?, _ typist: Typist, _ variables: [String: String] = [:]
  ) {
    let recording = ConsoleRecording()
    var all = ["IRIS_ANONYMISATION_KEY": Sample.otherKey, "IRIS_STATE_DIR": "/nonexistent"].merging(variables) { $1 }
    all["IRIS_DATABASE_URL"] = url
    let loader = ConfigurationLoader(environment: Sample.environment(all))
    code = AccountsCommand.run(
      command, json: json, loader: loader, console: recording.console(), passwords: typist.input,
      confirmation: typist.confirmation)
    output = recording.output
    errors = recording.errors
  }

  var json: JSONValue { (try? StrictJSON.parse(Array(output.utf8))) ?? .null }
}
