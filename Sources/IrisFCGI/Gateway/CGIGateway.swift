import IrisSystem

/// Plain CGI/1.1: one request from the environment and standard input, its answer on standard output.
enum CGIGateway {
  /// Whether the environment holds a CGI request.
  static func isRequest(_ environment: [String: String]) -> Bool {
    environment["GATEWAY_INTERFACE"] != nil || environment["REQUEST_METHOD"] != nil
  }

  static func serve(_ environment: [String: String], services: Services) -> Int32 {
    let request = RequestDecoder.decode(
      variable: { environment[$0] }, readBody: StandardInput.read, connection: nil)
    guard let request else {
      services.log.write(.error, "REQUEST_METHOD is not set: this is no CGI request")
      return ExitCode.failed
    }
    let start = Clock.monotonicMicroseconds
    let handled = Router(services: services, channel: CGIChannel()).handle(request)
    services.scoreboard.count(request, handled, since: start)
    let response = handled.response
    let isDelivered =
      response.sentBytes == nil
      ? Terminal.write(ResponseWriter.bytes(of: response, requestID: request.id)) : !response.isBrokenOff
    // The web server holds the answer's end back until nobody can write to it any more.
    Terminal.end(.standardOutput)
    services.runChores(isBusy: { false })
    return isDelivered ? ExitCode.fine : ExitCode.failed
  }
}
