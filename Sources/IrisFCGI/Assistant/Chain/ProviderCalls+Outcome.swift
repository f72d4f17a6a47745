import IrisDomain

extension ProviderCalls.Outcome {
  /// The class that a call is counted in.
  init(_ result: Result<Answer, ProviderFailure>) {
    switch result {
    case .success(let answer): self = answer.finish == .blocked ? .blocked : .ok
    case .failure(let failure): self.init(failure)
    }
  }

  private init(_ failure: ProviderFailure) {
    self =
      switch failure {
      case .rateLimited: .rateLimited
      case .keyRejected, .forbidden, .creditExhausted: .key
      case .modelGone: .gone
      case .timedOut: .timeout
      case .unreachable: .unreachable
      case .overloaded, .transient: .server
      case .tooLarge, .empty, .malformed, .unfinished: .badAnswer
      case .badRequest, .configuration, .cancelled, .unexpected, .clientGone: .other
      }
  }
}
