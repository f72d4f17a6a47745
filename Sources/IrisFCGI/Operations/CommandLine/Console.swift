import FoundationEssentials
import IrisSystem

/// Where a command writes: results to standard output, reasons for failure to standard error.
struct Console {
  /// Whether standard output shows bold and dim text: a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
  let isStyled: Bool
  /// Writes text as it is; the caller ends its lines. Of the process itself: ends it as failed when nothing can be written.
  let write: (String) -> Void
  let writeError: (String) -> Void

  /// This process's standard streams.
  static var host: Console {
    let noColour = HostProcess.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    return Console(
      isStyled: !noColour && Terminal.isTerminal(Terminal.Output.standardOutput.rawValue),
      write: { text in
        guard !Terminal.write(text) else { return }
        // Or half an export on a full disk would be taken for a whole one.
        Terminal.write("iris-fcgi: standard output cannot be written; what is there is not all\n", to: .standardError)
        HostProcess.exit(ExitCode.failed)
      },
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
