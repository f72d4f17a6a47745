import IrisSystem

/// Plain CGI/1.1: one request from the environment and standard input, its answer on standard output.
enum CGIGateway {
  /// Whether the environment holds a CGI request.
  static func isRequest(_ environment: [String: String]) -> Bool {
    environment["GATEWAY_INTERFACE"] != nil || environment["REQUEST_METHOD"] != nil
  }

  static func serve(_ environment: [String: String], services: Services) -> Int32 {
    let accepted = Clock.monotonicMicroseconds
    let request = RequestDecoder.decode(
      variable: { environment[$0] }, readBody: StandardInput.read, connection: nil)
    guard let request else {
      services.log.write(.error, "REQUEST_METHOD is not set: this is no CGI request")
      return ExitCode.failed
    }
    let decoded = Clock.monotonicMicroseconds
    let handled = Router(services: services, channel: CGIChannel()).handle(request)
    services.scoreboard.count(request, handled, since: decoded)
    let answered = Clock.monotonicMicroseconds
    let response = handled.response
    let isDelivered =
      response.sentBytes == nil
      ? Terminal.write(ResponseWriter.bytes(of: response, requestID: request.id)) : !response.isBrokenOff
    // The web server holds the answer's end back until nobody can write to it any more.
    Terminal.end(.standardOutput)
    if handled.route?.isLogged != false {
      let moments = RequestLine.Moments(
        accepted: accepted, decoded: decoded, answered: answered, written: Clock.monotonicMicroseconds)
      RequestLine(request: request, handled: handled, services: services, delivered: isDelivered, moments: moments)
        .write()
    }
    services.runChores(isBusy: { false })
    return isDelivered ? ExitCode.fine : ExitCode.failed
  }
}
