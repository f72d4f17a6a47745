import IrisDomain
import IrisSystem

/// The story of one request: it arrives, its client may have left, it is answered, it is told to the log.
struct Worker {
  let services: Services

  /// Serves the request of one connection.
  /// - Returns: false when there was none: a peer that sent nothing whole, or a client that left while it waited.
  func handle(connection: Int32) -> Bool {
    let accepted = Clock.monotonicMicroseconds
    services.scoreboard.pools.accepted(in: .own)
    services.scoreboard.workers.receive(at: accepted)
    guard let exchange = FastCGIExchange(connection: connection) else { return false }
    // A client that left while it was queued costs nothing.
    guard !ClientConnection.hasLeft(exchange.request.descriptor) else {
      services.scoreboard.tallies.add(.requestsAbandoned)
      return false
    }
    let request = RequestDecoder.decode(
      variable: { exchange.request.variable($0) },
      readBody: { exchange.request.readBody(length: $0, milliseconds: RequestDecoder.bodyMilliseconds) },
      connection: exchange.request.descriptor)
    guard let request else { return false }
    let decoded = Clock.monotonicMicroseconds

    services.scoreboard.workers.begin(request.id, at: accepted)
    let handled = Router(services: services, channel: exchange).handle(request)

    let answered = Clock.monotonicMicroseconds
    services.scoreboard.count(request, handled, since: accepted)
    services.scoreboard.workers.enter(.sending)
    let delivered = deliver(handled.response, request, exchange)
    if !delivered { services.scoreboard.tallies.add(.answersUndelivered) }
    if handled.route?.isLogged != false {
      let moments = RequestLine.Moments(
        accepted: accepted, decoded: decoded, answered: answered, written: Clock.monotonicMicroseconds)
      let line = RequestLine(
        request: request, handled: handled, services: services, delivered: delivered, moments: moments)
      if line.isSlow { services.scoreboard.pools.wasSlow(in: .own) }
      line.write()
    }
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
}
