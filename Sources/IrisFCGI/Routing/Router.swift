import IrisDomain
import IrisSystem

/// From a request to its answer: the checks that every route shares, in the documented order, around the endpoint.
struct Router {
  let services: Services
  /// For answers that go out in parts; nil: there is no such way, and every answer is whole.
  var channel: (any ResponseChannel)?

  /// An answer and what the log should know of how it came about.
  struct Handled {
    var response: Response
    var route: Route?
    var tier: Tier?
    /// The account of its token.
    var account: String?
  }

  /// Answers every request; whatever goes wrong becomes a problem.
  func handle(_ request: Request) -> Handled {
    services.beginRequest()
    let start = Clock.monotonicMicroseconds
    var handled = Handled(response: Response(status: 500))
    do {
      try refuseIfStale(request)
      let (route, parameter) = try route(for: request)
      handled.route = route
      services.scoreboard.workers.follow(route: route.path)
      let token = try token(for: route, request)
      (handled.tier, handled.account) = (token?.tier, token?.sub)
      handled.response = try answer(request, route: route, parameter: parameter, token: token)
      handled.response.add("Cache-Control", route.cacheControl)
    } catch {
      handled.response = problem(from: error, request, handled.route).response(to: request)
      handled.response.add("Cache-Control", "no-store")
    }
    if request.path.hasPrefix("/api/v1/"), !request.path.hasPrefix("/api/v1/auth/") {
      handled.response.add("Server-Timing", serverTiming(request, start: start))
    }
    return handled
  }

  /// Nobody waits for an answer to a request that is older than the time in which a chat must be answered.
  private func refuseIfStale(_ request: Request) throws(Problem) {
    guard (request.queueMilliseconds ?? 0) > services.configuration.chat.deadlineSeconds * 1_000 else { return }
    var problem = Problem(.unavailable)
    problem.retryAfter = 5
    throw problem
  }

  /// 404, then 405. HEAD is GET without a body (RFC 9110 §9.3.2); the front end leaves the body away.
  private func route(for request: Request) throws -> (Route, parameter: String) {
    guard let match = Route.match(request.path) else { throw Problem(.notFound) }
    let method = request.method == "HEAD" ? "GET" : request.method
    if let route = match.routes.first(where: { $0.method == method }) { return (route, match.parameter) }
    var problem = Problem(.methodNotAllowed)
    let allowed = match.routes.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
    problem.fields = [Response.Field(name: "Allow", value: allowed.joined(separator: ", "))]
    throw problem
  }

  /// 401 by the token alone, before any work in the database but for a worker's first sight of another issuer's token.
  private func token(for route: Route, _ request: Request) throws -> Claims? {
    do {
      return try checkedToken(for: route, request)
    } catch let problem as Problem where problem.kind == .invalidToken {
      services.tell(refusedToken(route, request), requestID: request.id)
      throw problem
    }
  }

  private func refusedToken(_ route: Route, _ request: Request) -> Fault.Authentication {
    guard (try? CompactJWS.bearer(request.authorization)) != nil else { return .malformedToken }
    if case .service = route.access { return .rejectedServiceToken }
    return .rejectedToken
  }

  private func checkedToken(for route: Route, _ request: Request) throws -> Claims? {
    let now = Double(Clock.realtimeMilliseconds) / 1_000
    switch route.access {
    case .open: return nil
    case .account:
      let tokens = UserTokens(own: services.tokens) { token, algorithm in
        try services.foreignClaims(of: token, algorithm, request, now: now)
      }
      return try tokens.claims(authorization: request.authorization, now: now)
    case .service:
      try services.serviceTokens.check(authorization: request.authorization, now: now)
      return nil
    }
  }

  private func answer(_ request: Request, route: Route, parameter: String, token: Claims?) throws -> Response {
    var call = Call(request: request, services: services, token: token, parameter: parameter, channel: channel)
    do {
      call.members = try BodyReader.members(of: request, route: route)
      return try route.handle(call)
    } catch let problem as Problem where problem.kind.isAboutTheBody && token != nil {
      // A body's flaw comes after an ended session or a disabled account. Only here does that take a round trip more;
      // without a database the flaw is what we can tell.
      do {
        _ = try call.account()
      } catch StoreError.unavailable {
        throw problem
      }
      throw problem
    }
  }

  private func problem(from error: any Error, _ request: Request, _ route: Route?) -> Problem {
    var problem: Problem
    switch error {
    case let known as Problem: problem = known
    case StoreError.unavailable: problem = Problem(.unavailable)
    default:
      let fault = Fault.Processing(error)
      services.log.write(
        .error, "a request failed unexpectedly", [("id", .text(request.id)), ("reason", .text(fault.reason))])
      services.tell(fault, route: route?.path, requestID: request.id)
      problem = Problem(.internalError)
    }
    problem.addAddresses(services.configuration.addresses)
    return problem
  }

  /// Server-Timing (W3C): what the front end's developer sees in the browser, in milliseconds.
  private func serverTiming(_ request: Request, start: Int64) -> String {
    let total = Clock.monotonicMicroseconds - start
    return [
      "queue;dur=\(request.queueMilliseconds ?? 0)",
      "db;dur=\(Router.milliseconds(services.database.spentMicroseconds))",
      "model;dur=\(Router.milliseconds(services.modelMicroseconds))",
      "total;dur=\(Router.milliseconds(total))",
    ].joined(separator: ", ")
  }

  /// Tenths of a millisecond are as fine as anyone reads.
  static func milliseconds(_ microseconds: Int64) -> Double { Double((microseconds + 50) / 100) / 10 }
}

extension Problem.Kind {
  /// The problems that come from the length, type or content of a body.
  fileprivate var isAboutTheBody: Bool {
    switch self {
    case .bodyTooLarge, .bodyCut, .unsupportedMediaType, .invalidJSON, .validationFailed: true
    default: false
    }
  }
}
