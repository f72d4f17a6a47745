import IrisDomain

/// One way to get an answer: a model of a provider, reached with one key.
struct ModelRoute {
  let provider: any ModelProvider
  let model: String
  /// nil for servers that take none.
  let key: Secret?
  /// Position of the key in the configured list, from 1: what logs may say instead of the key.
  let keyNumber: Int

  /// All pairs of a provider in the order to try them: every key of the first model before the second model.
  static func all(provider: any ModelProvider, models: [String], keys: [Secret]) -> [ModelRoute] {
    models.flatMap { model in
      keys.enumerated().map { index, key in
        ModelRoute(provider: provider, model: model, key: key, keyNumber: index + 1)
      }
    }
  }

  fileprivate func sharesModel(with other: ModelRoute) -> Bool {
    provider.name == other.provider.name && model == other.model
  }

  fileprivate func sharesKey(with other: ModelRoute) -> Bool {
    provider.name == other.provider.name && keyNumber == other.keyNumber
  }
}

/// What one call to a model came to; safe to log as it is.
struct ProviderAttempt: Hashable, Sendable {
  let provider: String
  let model: String
  let keyNumber: Int
  let milliseconds: Int
  /// nil where the attempt brought the answer.
  let failure: ProviderFailure?
}

/// Tries routes in order until one answers, all within one deadline.
///
/// A failure rules out every route it says something about: a dead key all routes with that key, a missing model all
/// routes to that model (`ProviderFailure.Remedy`). So the number of calls is bounded by twice the number of routes.
/// The caller answers from the offline advice where the chain is exhausted.
struct ProviderChain {
  /// How a question ended.
  enum Outcome {
    /// `model` is the configured name that was asked; `Answer.modelVersion` is what the provider says served it.
    case answered(Answer, model: String, attempts: [ProviderAttempt])
    /// The model failed after text went out, which is in the live answer: nothing else was tried.
    case broken(ProviderFailure, model: String, attempts: [ProviderAttempt])
    /// No route answered in time; empty attempts mean that no route is configured or no time was left.
    case exhausted(attempts: [ProviderAttempt])
    /// The person left. `model` is the one that was writing; nil: no text had come.
    case clientGone(model: String?, attempts: [ProviderAttempt])
  }

  /// With less time than this no attempt is started: it could not finish, but would be paid for.
  static let shortestAttemptMilliseconds: Int64 = 250

  private let routes: [ModelRoute]
  private let now: () -> Int64

  /// - Parameter now: A monotonic clock in milliseconds.
  init(routes: [ModelRoute], now: @escaping () -> Int64) {
    self.routes = routes
    self.now = now
  }

  /// - Parameters:
  ///   - deadline: On the chain's clock; no attempt is given time beyond it.
  ///   - live: Who waits for the answer.
  func answer(_ prompt: Prompt, deadline: Int64, live: LiveAnswer) -> Outcome {
    var remaining = routes
    var attempts: [ProviderAttempt] = []
    var retried: ModelRoute?
    while let route = remaining.first, deadline - now() >= Self.shortestAttemptMilliseconds {
      let (result, attempt) = attempt(route, prompt, deadline: deadline, live: live)
      attempts.append(attempt)
      switch result {
      case .success(let answer):
        return .answered(answer, model: route.model, attempts: attempts)
      case .failure(let failure) where failure.remedy == .stop:
        return .clientGone(model: live.hasText ? route.model : nil, attempts: attempts)
      case .failure(let failure) where live.hasText:
        return .broken(failure, model: route.model, attempts: attempts)
      case .failure(let failure) where failure.remedy == .retryOnce && retried?.sharesModel(with: route) != true:
        retried = route
      case .failure(let failure):
        remaining.removeAll { failure.remedy.rulesOut($0, after: route) }
      }
    }
    return .exhausted(attempts: attempts)
  }

  private func attempt(
    _ route: ModelRoute, _ prompt: Prompt, deadline: Int64, live: LiveAnswer
  ) -> (Result<Answer, ProviderFailure>, ProviderAttempt) {
    let start = now()
    let result = Result { () throws(ProviderFailure) in
      live.model = route.model
      let left = Int(clamping: deadline - start)
      return try route.provider.answer(
        prompt, model: route.model, key: route.key, allowance: AttemptAllowance(patience: left, total: left), live: live
      )
    }
    var failure: ProviderFailure?
    if case .failure(let reason) = result { failure = reason }
    let attempt = ProviderAttempt(
      provider: route.provider.name, model: route.model, keyNumber: route.keyNumber,
      milliseconds: Int(clamping: now() - start), failure: failure)
    return (result, attempt)
  }
}

extension ProviderFailure.Remedy {
  /// Whether a route is not worth trying after `failed` ended with this remedy, `failed` itself included.
  fileprivate func rulesOut(_ route: ModelRoute, after failed: ModelRoute) -> Bool {
    switch self {
    case .stop: true
    case .leaveProvider: route.provider.name == failed.provider.name
    case .dropKey: route.sharesKey(with: failed)
    case .nextModel, .retryOnce: route.sharesModel(with: failed)
    case .nextKey: route.sharesModel(with: failed) && route.sharesKey(with: failed)
    }
  }
}
