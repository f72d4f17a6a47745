import FoundationEssentials
import IrisSystem

/// Where a command writes: results to standard output, reasons for failure to standard error.
struct Console {
  /// Whether standard output shows bold and dim text: a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
  let isStyled: Bool
  /// Writes text as it is; the caller ends its lines.
  let write: (String) -> Void
  let writeError: (String) -> Void

  /// This process's standard streams.
  static var host: Console {
    let noColour = HostProcess.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    return Console(
      isStyled: !noColour && Terminal.isTerminal(Terminal.Output.standardOutput.rawValue),
      write: { Terminal.write($0) },
      writeError: { Terminal.write($0, to: .standardError) })
  }

  /// Prints one JSON document: members sorted by name, two spaces of indentation.
  func writeJSON(_ value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    } catch {
      writeError("iris-fcgi: the result cannot be written as JSON: \(error)\n")
    }
  }
}
