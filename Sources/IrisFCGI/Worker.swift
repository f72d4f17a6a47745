import IrisDomain
import IrisSystem

/// The story of one request: it arrives, its client may have left, it is answered, it is told to the log.
struct Worker {
  let services: Services

  /// Serves the request of one connection.
  /// - Returns: false when there was none: a peer that sent nothing whole, or a client that left while it waited.
  func handle(connection: Int32) -> Bool {
    guard let exchange = FastCGIRequest(connection: connection) else { return false }
    // A client that left while it was queued costs nothing.
    guard !ClientConnection.hasLeft(exchange.descriptor) else { return false }
    let start = Clock.monotonicMicroseconds
    let request = RequestDecoder.decode(
      variable: { exchange.variable($0) },
      readBody: { exchange.readBody(length: $0, milliseconds: RequestDecoder.bodyMilliseconds) },
      connection: exchange.descriptor)
    guard let request else { return false }

    let handled = Router(services: services).handle(request)

    let answer = ResponseWriter.bytes(of: handled.response, requestID: request.id)
    let delivered = exchange.write(answer) && exchange.finish()
    if handled.route?.isLogged != false { log(request, handled, delivered: delivered, start: start) }
    return true
  }

  private func log(_ request: Request, _ handled: Router.Handled, delivered: Bool, start: Int64) {
    var members: [(String, Log.Value)] = [
      ("id", .text(request.id)), ("method", .text(request.method)), ("route", .text(handled.route?.path ?? "none")),
      ("status", .number(handled.response.status)),
      ("ms", .decimal(Router.milliseconds(Clock.monotonicMicroseconds - start))),
      ("db_ms", .decimal(Router.milliseconds(services.database.spentMicroseconds))),
      ("db_calls", .number(services.database.roundTrips)),
      ("model_ms", .decimal(Router.milliseconds(services.modelMicroseconds))),
      ("bytes", .number(handled.response.body.count)),
    ]
    if let queued = request.queueMilliseconds { members.append(("queue_ms", .number(queued))) }
    if let code = handled.response.code { members.append(("code", .text(code))) }
    if let tier = handled.tier { members.append(("tier", .text(tier.rawValue))) }
    if !delivered { members.append(("delivered", .text("no"))) }
    services.log.write(handled.response.status >= 500 ? .error : .info, "request", members)
  }
}
