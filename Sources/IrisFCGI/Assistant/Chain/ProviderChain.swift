import IrisDomain
import IrisSystem

/// Tries routes in order until one answers, all within one deadline.
///
/// A route that other chats found out of order is passed over; if all are, the chain ends at once, for the offline advice
/// now is better than a wait. A failure rules out every route it says something about: a dead key all routes with that
/// key, a missing model all routes to that model (`ProviderFailure.Remedy`). After a fault that may pass, the next model
/// of the same provider is asked at once, as it is as good and perhaps not at fault; only where there is none the same
/// route is tried once more, after a short pause, before another provider is. So a chat makes at most one call for each
/// route and one more for each provider. Two calls at the same time, to take the faster, are never made: that doubles
/// the cost, and the load where it hurts.
struct ProviderChain {
  /// How a question ended.
  enum Outcome {
    /// `model` is the configured name that was asked; `Answer.modelVersion` is what the provider says served it.
    case answered(Answer, model: String, attempts: [ProviderAttempt])
    /// The model failed after text went out, which is in the live answer: nothing else was tried.
    case broken(ProviderFailure, model: String, attempts: [ProviderAttempt])
    /// No route answered in time; empty attempts mean that no route is configured, that all were skipped, or that no time
    /// was left.
    case exhausted(attempts: [ProviderAttempt], skipped: [SkippedRoute])
    /// The person left. `model` is the one that was writing; nil: no text had come.
    case clientGone(model: String?, attempts: [ProviderAttempt])
  }

  /// A line for the operator, as `Log.write` takes it.
  typealias LogLine = (LogLevel, String, [(String, Log.Value)]) -> Void

  /// With less time than this no attempt is started: it could not finish, but would be paid for.
  static let shortestAttemptMilliseconds: Int64 = 250
  /// An attempt is left waiting at least so long, where the deadline lets it.
  static let shortestPatience: Int64 = 5_000
  /// How long a passing fault is given to pass; not always the same, or workers that failed together return together.
  static let retryPause: ClosedRange<Int> = 200...500

  private let routes: [ModelRoute]
  private let health: RouteHealth
  private let calls: ProviderCalls
  private let surroundings: ChainSurroundings
  private let log: LogLine

  /// - Parameters:
  ///   - scoreboard: holds what all workers know of the routes.
  ///   - log: takes a line when a key or a model is set aside for which somebody should do something.
  init(
    routes: [ModelRoute], scoreboard: Scoreboard, surroundings: ChainSurroundings = .host, log: @escaping LogLine
  ) {
    self.routes = routes
    health = scoreboard.routeHealth
    calls = scoreboard.providerCalls
    self.surroundings = surroundings
    self.log = log
  }

  /// The model that is asked first, by its configured name; nil: there is none.
  var firstModel: String? { routes.first?.model }

  /// - Parameters:
  ///   - deadline: On the surroundings' monotonic clock; no attempt is given time beyond it.
  ///   - live: Who waits for the answer.
  func answer(_ prompt: Prompt, deadline: Int64, live: LiveAnswer) -> Outcome {
    var course = Course(remaining: routes)
    while let route = course.remaining.first, left(deadline) >= Self.shortestAttemptMilliseconds {
      let permit: RouteHealth.Permit
      switch health.admit(route.scopes, at: surroundings.wallClock(), longest: left(deadline) + 1_000) {
      case .refused(let setAside):
        course.skip(route, setAside)
        continue
      case .granted(let granted): permit = granted
      }
      let allowance = allowance(route, course.remaining, deadline: deadline)
      let (result, attempt) = attempt(route, permit, prompt, allowance, live)
      course.attempts.append(attempt)
      switch result {
      case .success(let answer):
        return .answered(answer, model: route.model, attempts: course.attempts)
      case .failure(let failure) where failure.remedy == .stop:
        return .clientGone(model: live.hasText ? route.model : nil, attempts: course.attempts)
      case .failure(let failure) where live.hasText:
        return .broken(failure, model: route.model, attempts: course.attempts)
      case .failure(let failure) where deservesRetry(failure, route, course, deadline: deadline):
        course.retried.insert(route.provider.name)
        guard pause(live) else { return .clientGone(model: nil, attempts: course.attempts) }
      case .failure(let failure):
        course.remaining.removeAll { failure.remedy.rulesOut($0, after: route) }
      }
    }
    return .exhausted(attempts: course.attempts, skipped: course.skipped)
  }

  /// How far one question has come.
  private struct Course {
    /// The routes still worth asking, the next one first.
    var remaining: [ModelRoute]
    var attempts: [ProviderAttempt] = []
    var skipped: [SkippedRoute] = []
    /// Providers that had their second try.
    var retried: Set<String> = []

    mutating func skip(_ route: ModelRoute, _ obstacle: SetAside) {
      remaining.removeFirst()
      skipped.append(
        SkippedRoute(
          provider: route.provider.name, model: route.model, keyNumber: route.keyNumber, obstacle: obstacle))
    }
  }

  private func left(_ deadline: Int64) -> Int64 { deadline - surroundings.now() }

  /// Half of what is left, so that a model that hangs leaves time for the others; all of it where there are none.
  private func allowance(_ route: ModelRoute, _ remaining: [ModelRoute], deadline: Int64) -> AttemptAllowance {
    let left = left(deadline)
    let hasAlternative = remaining.contains { !$0.sharesModel(with: route) && isAvailable($0) }
    let patience = hasAlternative ? min(left, max(Self.shortestPatience, left / 2)) : left
    return AttemptAllowance(patience: Int(clamping: patience), total: Int(clamping: left))
  }

  private func isAvailable(_ route: ModelRoute) -> Bool {
    health.obstacle(to: route.scopes, at: surroundings.wallClock()) == nil
  }

  private func deservesRetry(
    _ failure: ProviderFailure, _ route: ModelRoute, _ course: Course, deadline: Int64
  ) -> Bool {
    let longest = Int64(Self.retryPause.upperBound) + Self.shortestAttemptMilliseconds
    guard failure.remedy == .retryOnce, left(deadline) >= longest, isAvailable(route) else { return false }
    return !course.retried.contains(route.provider.name)
      && !course.remaining.contains { other in
        other.sharesProvider(with: route) && !failure.remedy.rulesOut(other, after: route) && isAvailable(other)
      }
  }

  /// - Returns: false when the person has left meanwhile.
  private func pause(_ live: LiveAnswer) -> Bool {
    var rest = surroundings.random(Self.retryPause)
    while rest > 0 {
      guard live.wait() else { return false }
      let step = min(rest, 250)
      guard surroundings.pause(step, live.client) else { return false }
      rest -= step
    }
    return live.wait()
  }
}

extension ProviderChain {
  /// One call, from which all workers learn.
  private func attempt(
    _ route: ModelRoute, _ permit: RouteHealth.Permit, _ prompt: Prompt, _ allowance: AttemptAllowance,
    _ live: LiveAnswer
  ) -> (Result<Answer, ProviderFailure>, ProviderAttempt) {
    let start = surroundings.now()
    live.model = route.model
    live.onFirstText = { [health, surroundings] in health.answers(permit, at: surroundings.wallClock()) }
    defer { live.onFirstText = nil }
    let result = Result { () throws(ProviderFailure) in
      try route.provider.answer(prompt, model: route.model, key: route.key, allowance: allowance, live: live)
    }
    var attempt = ProviderAttempt(
      provider: route.provider.name, model: route.model, keyNumber: route.keyNumber,
      milliseconds: Int(clamping: surroundings.now() - start), failure: result.failure)
    calls.count(ProviderCalls.Outcome(result), for: route.calls)
    calls.count(usage(result, live), for: route.calls)
    if let setAside = learn(result.failure, permit) {
      attempt.raisesAlert = true
      attempt.setAsideUntil = setAside.until
      tell(route, setAside)
    }
    return (result, attempt)
  }

  /// What a call took, as far as it is known; one that broke off told only with its text.
  private func usage(_ result: Result<Answer, ProviderFailure>, _ live: LiveAnswer) -> TokenUsage {
    switch result {
    case .success(let answer): answer.usage
    case .failure: live.hasText ? live.usage : .unknown
    }
  }

  /// - Returns: what was newly set aside, if somebody should know of it.
  private func learn(_ failure: ProviderFailure?, _ permit: RouteHealth.Permit) -> SetAside? {
    let now = surroundings.wallClock()
    guard let failure else {
      health.succeeded(permit, at: now)
      return nil
    }
    guard let rule = SetAsideRule(failure) else {
      health.withdrawn(permit, at: now)
      return nil
    }
    let setAside = health.failed(permit, rule, at: now)
    return rule.raisesAlert ? setAside : nil
  }

  private func tell(_ route: ModelRoute, _ setAside: SetAside) {
    var members: [(String, Log.Value)] = [("provider", .text(route.provider.name))]
    switch setAside.level {
    case .key: members.append(("key_number", .number(route.keyNumber)))
    case .pair, .model, .provider: members.append(("model", .text(route.model)))
    }
    members.append(("reason", .text(setAside.reason.logWord)))
    members.append(("until", .text(Timestamp.rfc3339(microseconds: setAside.until * 1_000))))
    log(.error, setAside.level == .key ? "a model key was set aside" : "a model was set aside", members)
  }
}

extension ProviderFailure.Remedy {
  /// Whether a route is not worth trying after `failed` ended with this remedy, `failed` itself included.
  fileprivate func rulesOut(_ route: ModelRoute, after failed: ModelRoute) -> Bool {
    switch self {
    case .stop: true
    case .leaveProvider: route.sharesProvider(with: failed)
    case .dropKey: route.sharesKey(with: failed)
    case .nextModel, .retryOnce: route.sharesModel(with: failed)
    case .nextKey: route.sharesModel(with: failed) && route.sharesKey(with: failed)
    }
  }
}

extension Result {
  fileprivate var failure: Failure? {
    guard case .failure(let failure) = self else { return nil }
    return failure
  }
}
