import IrisDomain
import IrisSystem

/// The line that the log has of a request (docs/operations.md, "Logs"): sizes, times, names from closed lists and keyed
/// hashes. Slow requests tell where their time went.
struct RequestLine {
  /// Longer than this beside the wait for a model is slow, and so is a request that took longer than `longestMicroseconds`
  /// in all; waiting for a worker counts.
  static let ownMicroseconds: Int64 = 1_000_000
  static let longestMicroseconds: Int64 = 5_000_000

  /// When what happened, in microseconds of the monotonic clock.
  struct Moments {
    /// The connection was taken.
    var accepted: Int64
    /// The request was there as a whole.
    var decoded: Int64
    /// The answer was there, or its last part.
    var answered: Int64
    /// It was handed over.
    var written: Int64
  }

  let request: Request
  let handled: Router.Handled
  let services: Services
  let delivered: Bool
  let moments: Moments

  func write() {
    services.log.write(level, "request", members)
  }

  var level: LogLevel {
    switch outcome {
    case "error", "unavailable": .error
    default: isSlow ? .warning : .info
    }
  }

  /// What became of it, in one word of a closed list.
  var outcome: String {
    let response = handled.response
    if !delivered || response.status == 499 { return "client_gone" }
    switch response.status {
    case 503: return "unavailable"
    case 500...: return "error"
    case 400...: return "refused"
    default: break
    }
    // A problem after the status line went out: the end of a stream.
    switch response.code {
    case nil: return services.trace.answered?.rawValue ?? "ok"
    case Problem.Kind.upstreamFailed.rawValue: return "partial"
    default: return "error"
    }
  }

  var isSlow: Bool {
    let total = moments.written - moments.accepted + Int64(request.queueMilliseconds ?? 0) * 1_000
    return total > Self.longestMicroseconds || total - services.modelMicroseconds > Self.ownMicroseconds
  }

  var members: [(String, Log.Value)] {
    let trace = services.trace
    var members: [(String, Log.Value)] = []
    members.reserveCapacity(20)
    members += [
      ("id", .text(request.id)), ("method", .text(Self.method(request.method))),
      ("route", .text(handled.route?.path ?? "none")), ("status", .number(handled.response.status)),
      ("outcome", .text(outcome)), ("ms", .decimal(Router.milliseconds(moments.written - moments.accepted))),
      ("db_ms", .decimal(Router.milliseconds(services.database.spentMicroseconds))),
      ("db_calls", .number(services.database.roundTrips)),
      ("model_ms", .decimal(Router.milliseconds(services.modelMicroseconds))),
      ("bytes", .number(handled.response.sentBytes ?? handled.response.body.count)),
      ("worker", .text(Self.worker)),
    ]
    if let queued = request.queueMilliseconds { members.append(("queue_ms", .number(queued))) }
    if let code = handled.response.code { members.append(("code", .text(code))) }
    if let tier = trace.tier ?? handled.tier { members.append(("tier", .text(tier.rawValue))) }
    if let user = handled.account.flatMap(services.pseudonyms.user) { members.append(("user", .text(user))) }
    if let client = services.addresses.hash(request.remoteAddress) { members.append(("client", .text(client))) }
    if let provider = trace.provider { members.append(("provider", .text(provider))) }
    if let model = trace.model { members.append(("model", .text(model))) }
    if handled.response.sentBytes != nil { members.append(("streamed", .flag(true))) }
    if isSlow { members.append(("phases", .object(phases))) }
    return members
  }

  /// Where the time went, in milliseconds. Calls of the database are told one by one; of models connecting and waiting for
  /// the first byte, over all attempts, both of them a part of `model_total`.
  var phases: [(String, Log.Value)] {
    let trace = services.trace
    let calls = services.database.callMicroseconds.enumerated().map { ("call\($0.offset + 1)", $0.element) }
    let model = [
      ("prompt", trace.promptMicroseconds), ("model_connect", trace.transfers.connectMicroseconds),
      ("model_first_byte", trace.transfers.firstByteMicroseconds), ("model_total", services.modelMicroseconds),
    ]
    let spent = services.database.spentMicroseconds + trace.promptMicroseconds + services.modelMicroseconds
    let all =
      [("decode", moments.decoded - moments.accepted)] + calls + (services.modelMicroseconds > 0 ? model : [])
      + [
        ("other", max(0, moments.answered - moments.decoded - spent)), ("write", moments.written - moments.answered),
      ]
    return all.map { ($0.0, .decimal(Router.milliseconds($0.1))) }
  }

  private static let worker = "\(PoolName.current)/\(HostProcess.id)"

  /// The method is the client's word; what is none of ours has no place in a log.
  private static func method(_ method: String) -> String {
    switch method {
    case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS": method
    default: "other"
    }
  }
}
