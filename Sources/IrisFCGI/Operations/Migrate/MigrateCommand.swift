import IrisSystem

/// `iris-fcgi migrate`: applies the schema of this release, while workers of this release and the one before serve.
enum MigrateCommand {
  static func run(
    _ request: MigrateRequest, json: Bool, loader: ConfigurationLoader, console: Console = .host
  ) -> Int32 {
    do throws(CommandFailure) {
      let script = try SchemaScript(reading: request.file ?? SchemaScript.installedPath())
      let conninfo = if let named = request.database { named } else { try configured(loader) }
      let migration = Migration(script: script, conninfo: conninfo, request: request) { line in
        console.writeError("iris-fcgi: \(line.singleLine)\n")
      }
      show(try migration.run(), script, json: json, console)
      return ExitCode.fine
    } catch {
      for line in error.lines { console.writeError("iris-fcgi: \(line.singleLine)\n") }
      return error.code
    }
  }

  /// Of the whole configuration only the address counts: the owner of a database may know nothing else of it.
  private static func configured(_ loader: ConfigurationLoader) throws(CommandFailure) -> String {
    if let address = loader.settings.values[.databaseURL]?.text.exposed, !address.isEmpty { return address }
    throw .missing(
      .databaseURL, "or say how the owner connects: --database dbname=iris", loader.layers.fileState)
  }

  private static func show(_ outcome: Migration.Outcome, _ script: SchemaScript, json: Bool, _ console: Console) {
    if json { return console.writeJSON(Document(outcome, script)) }
    let change =
      switch outcome.from {
      case nil: "made, version \(script.version)"
      case script.version: "version \(script.version) as before, applied again"
      case let from?: "version \(from) -> \(script.version)"
      }
    let attempts = outcome.attempts == 1 ? "" : ", \(outcome.attempts) attempts"
    console.write("schema: \(change) (\(outcome.milliseconds) ms\(attempts))\n")
  }

  /// The shape of `--json`.
  private struct Document: Encodable {
    let from: Int?
    let to: Int
    let file: String
    let attempts: Int
    let milliseconds: Int

    init(_ outcome: Migration.Outcome, _ script: SchemaScript) {
      from = outcome.from
      to = script.version
      file = script.path
      attempts = outcome.attempts
      milliseconds = outcome.milliseconds
    }

    /// `from` is there also when it is null.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(from, forKey: .from)
      try container.encode(to, forKey: .to)
      try container.encode(file, forKey: .file)
      try container.encode(attempts, forKey: .attempts)
      try container.encode(milliseconds, forKey: .milliseconds)
    }

    private enum CodingKeys: String, CodingKey { case from, to, file, attempts, milliseconds }
  }
}
