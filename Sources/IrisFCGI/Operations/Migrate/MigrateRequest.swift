/// What `iris-fcgi migrate` was asked for.
struct MigrateRequest: Equatable, Sendable {
  /// A schema.sql; nil: the one that was installed with this program.
  var file: String?
  /// How the owner of the schema connects; nil: as `IRIS_DATABASE_URL` says.
  var database: String?
  /// For so long it is tried while something is in the way.
  var waitSeconds = 60.0
  /// For so long, at most, tables may be locked: a worker gives a call two seconds (`Database.callMilliseconds`).
  var lockSeconds = 1.5

  /// A day is as good as for ever; less than a tenth of a second is no time for a lock.
  private static let range = 0.1...86_400.0

  /// Understands the arguments after `migrate`.
  static func parse(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(
      arguments, .migrate, flags: ["--json"], values: ["--file", "--database", "--wait", "--lock"])
    if words.asksForHelp { return .help(.migrate) }
    try words.expectPositions([])
    for option in ["--file", "--database"] where words.value(option) == "" {
      throw words.error("\(option) needs a value")
    }
    var request = MigrateRequest(file: words.value("--file"), database: words.value("--database"))
    request.waitSeconds = try seconds(words, "--wait") ?? request.waitSeconds
    request.lockSeconds = try seconds(words, "--lock") ?? request.lockSeconds
    return .migrate(request, json: words.has("--json"))
  }

  private static func seconds(_ words: ArgumentWords, _ option: String) throws(UsageError) -> Double? {
    guard let text = words.value(option) else { return nil }
    guard let seconds = Double(text), range.contains(seconds) else {
      throw words.error("\(option) takes seconds, from 0.1 to 86400")
    }
    return seconds
  }
}
