import IrisDomain
import IrisSystem

/// The story of one request: it arrives, its client may have left, it is answered, it is told to the log.
struct Worker {
  let services: Services

  /// Serves the request of one connection.
  /// - Returns: false when there was none: a peer that sent nothing whole, or a client that left while it waited.
  func handle(connection: Int32) -> Bool {
    guard let exchange = FastCGIExchange(connection: connection) else { return false }
    // A client that left while it was queued costs nothing.
    guard !ClientConnection.hasLeft(exchange.request.descriptor) else {
      services.scoreboard.tallies.add(.requestsAbandoned)
      return false
    }
    let start = Clock.monotonicMicroseconds
    let request = RequestDecoder.decode(
      variable: { exchange.request.variable($0) },
      readBody: { exchange.request.readBody(length: $0, milliseconds: RequestDecoder.bodyMilliseconds) },
      connection: exchange.request.descriptor)
    guard let request else { return false }

    services.scoreboard.workers.begin(request.id, at: start)
    let handled = Router(services: services, channel: exchange).handle(request)

    services.scoreboard.count(request, handled, since: start)
    services.scoreboard.workers.enter(.sending)
    let delivered = deliver(handled.response, request, exchange)
    if !delivered { services.scoreboard.tallies.add(.answersUndelivered) }
    if handled.route?.isLogged != false { log(request, handled, delivered: delivered, start: start) }
    return true
  }

  /// Sends what is not sent yet.
  /// - Returns: false when the client has left or does not read.
  private func deliver(_ response: Response, _ request: Request, _ exchange: FastCGIExchange) -> Bool {
    guard !response.isBrokenOff else {
      exchange.request.breakOff()
      return false
    }
    guard response.sentBytes == nil else { return exchange.request.finish() }
    return exchange.request.write(ResponseWriter.bytes(of: response, requestID: request.id))
      && exchange.request.finish()
  }

  private func log(_ request: Request, _ handled: Router.Handled, delivered: Bool, start: Int64) {
    var members: [(String, Log.Value)] = [
      ("id", .text(request.id)), ("method", .text(request.method)), ("route", .text(handled.route?.path ?? "none")),
      ("status", .number(handled.response.status)),
      ("ms", .decimal(Router.milliseconds(Clock.monotonicMicroseconds - start))),
      ("db_ms", .decimal(Router.milliseconds(services.database.spentMicroseconds))),
      ("db_calls", .number(services.database.roundTrips)),
      ("model_ms", .decimal(Router.milliseconds(services.modelMicroseconds))),
      ("bytes", .number(handled.response.sentBytes ?? handled.response.body.count)),
    ]
    if let queued = request.queueMilliseconds { members.append(("queue_ms", .number(queued))) }
    if let code = handled.response.code { members.append(("code", .text(code))) }
    if let tier = handled.tier { members.append(("tier", .text(tier.rawValue))) }
    if handled.response.sentBytes != nil { members.append(("streamed", .text("yes"))) }
    if !delivered { members.append(("delivered", .text("no"))) }
    services.log.write(handled.response.status >= 500 ? .error : .info, "request", members)
  }
}
