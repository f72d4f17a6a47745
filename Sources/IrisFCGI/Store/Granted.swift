/// What a store gives where one SQL call judges session and account, too, before it does its work.
enum Granted<Value> {
  case granted(Value)
  case refused(Problem.Kind)

  /// - Parameters:
  ///   - outcome: the statement's own word: 'ok', or the name of the problem.
  ///   - value: made only when all is well.
  init(outcome: String?, _ value: () throws(StoreError) -> Value) throws(StoreError) {
    guard let outcome else { throw .unavailable }
    if outcome == "ok" {
      self = .granted(try value())
    } else if let kind = Problem.Kind(rawValue: outcome) {
      self = .refused(kind)
    } else {
      throw .unavailable
    }
  }
}

extension Call {
  /// What was granted, or the problem.
  func granted<Value>(_ answer: Granted<Value>) throws(Problem) -> Value {
    switch answer {
    case .granted(let value): return value
    case .refused(let kind): throw problem(kind)
    }
  }
}
