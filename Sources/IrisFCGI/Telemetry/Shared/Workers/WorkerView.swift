/// What a worker is doing, in the words of `iris_workers`. New ones go to the end.
enum WorkerState: UInt64, CaseIterable, Sendable {
  case starting, idle, busy

  var word: String {
    switch self {
    case .starting: "starting"
    case .idle: "idle"
    case .busy: "busy"
    }
  }
}

/// Which part of a request a worker is at. New ones go to the end.
enum WorkerPhase: UInt64, CaseIterable, Sendable {
  /// No request.
  case none
  /// Our own work: checks, prompt, answer.
  case working
  /// It waits for PostgreSQL.
  case database
  /// It waits for a model.
  case model
  /// The answer goes to the front end.
  case sending
  /// The answer is out; mails, summaries and the like.
  case chores
  /// The front end sends the request; nothing is known of it yet.
  case receiving

  var word: String {
    switch self {
    case .none: "none"
    case .working: "working"
    case .database: "database"
    case .model: "model"
    case .sending: "sending"
    case .chores: "chores"
    case .receiving: "receiving"
    }
  }
}

/// What one worker showed at a moment.
struct WorkerView: Equatable, Sendable {
  let pool: String
  /// The process number in its own PID namespace.
  let process: Int32
  let state: WorkerState
  let phase: WorkerPhase
  /// The route of the present request as the route table has it; nil: none yet.
  let route: String?
  /// 32 hexadecimal digits; nil: no request, or one with another kind of id.
  let requestID: String?
  /// Microseconds of the monotonic clock: when the present state began, the present phase, and the worker.
  let since: Int64
  let phaseSince: Int64
  let startedAt: Int64
  /// Requests that were answered.
  let served: UInt64
  /// Of the last measurement; 0 before the first.
  let residentBytes: UInt64
  let privateBytes: UInt64
}
