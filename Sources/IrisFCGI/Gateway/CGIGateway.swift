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
    let handled = Router(services: services, channel: CGIChannel()).handle(request)
    defer { services.runChores(isBusy: { false }) }
    guard handled.response.sentBytes == nil else { return ExitCode.fine }
    let answer = ResponseWriter.bytes(of: handled.response, requestID: request.id)
    return Terminal.write(answer) ? ExitCode.fine : ExitCode.failed
  }
}
