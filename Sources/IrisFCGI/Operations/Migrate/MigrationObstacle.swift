import IrisSystem

/// Why an attempt to migrate did nothing.
enum MigrationObstacle: Error, Equatable {
  /// The database has this version, which is newer than the file's.
  case newer(Int)
  case unreachable(String)
  /// Somebody works with what is to be locked or made, in PostgreSQL's words.
  case busy(String)
  /// It would have taken longer than tables may be locked.
  case tooSlow
  /// What became of it is unknown.
  case lost(String)
  /// The role lacks a right, in PostgreSQL's words.
  case forbidden(String)
  /// A standby takes no writes.
  case standby
  case refused(sqlState: String, message: String)

  init(_ error: PostgresError) {
    switch error {
    case .cannotConnect(let words): self = .unreachable(words)
    case .timedOut: self = .lost("no answer in time")
    case .lost(let words): self = .lost(words)
    case .refused(let state, let message): self = Self.judged(state, message)
    }
  }

  /// A lock, a deadlock, and the traces of a `maintain` that makes or takes off a partition at this moment.
  private static let passing: Set = ["55P03", "40P01", "40001", "55006", "XX000", "42P07", "23505"]

  private static func judged(_ state: String, _ message: String) -> MigrationObstacle {
    switch state {
    case _ where passing.contains(state): .busy("\(message) (\(state))")
    case "57014": .tooSlow
    case "42501": .forbidden(message)
    case "25006": .standby
    default: .refused(sqlState: state, message: message)
    }
  }

  /// Whether another attempt may succeed.
  var mayPass: Bool {
    switch self {
    case .busy, .tooSlow, .lost: true
    case .newer, .unreachable, .forbidden, .standby, .refused: false
    }
  }

  /// What stood in the way, in a few words.
  var words: String {
    switch self {
    case .newer(let version): "the database has schema version \(version)"
    case .unreachable(let words): "the database cannot be reached: \(words)"
    case .busy(let message): "something is in the way: \(message)"
    case .tooSlow: "it took too long"
    case .lost(let words): "the connection broke: \(words)"
    case .forbidden(let message): "this role may not change the schema: \(message)"
    case .standby: "this server takes no writes: it is a standby, or read-only"
    case .refused(let state, let message): "PostgreSQL refused it: \(message) (\(state))"
    }
  }

  /// What to tell when it is not tried again.
  func failure(
    _ script: SchemaScript, attempts: Int = 1, request: MigrateRequest = MigrateRequest(), holder: String? = nil
  ) -> CommandFailure {
    switch self {
    case .newer:
      CommandFailure(
        "\(words), \(script.path) is version \(script.version): apply that of the newest installed release")
    case .forbidden:
      CommandFailure(
        "\(words); run it as the owner of the database: runuser -u postgres -- iris-fcgi migrate --database dbname=iris"
      )
    case .standby: CommandFailure("\(words); name the primary with --database")
    case .busy:
      CommandFailure(
        lines: ["\(words), after \(attempts) attempts; nothing was changed"]
          + (holder.map { ["\($0): let it end, or end it with pg_terminate_backend"] } ?? []))
    case .tooSlow:
      CommandFailure(
        "it takes longer than the \(request.lockSeconds) s for which tables may be locked; nothing was changed. "
          + "At a quiet hour give it more: --lock 60. Chat goes on meanwhile, all else says 503")
    case .lost: CommandFailure("\(words); what became of it is unknown: run it again, which is safe")
    case .unreachable, .refused: CommandFailure("\(words); nothing was changed")
    }
  }
}
