import IrisDomain
import IrisSystem

/// What a chat needs of the services beside the database: models, prompts, prices, alerts.
extension Services {
  /// The providers as a chat asks them.
  /// - Parameter withinBudget: false leaves only what the day's budget does not pay for, the backup.
  func providers(withinBudget: Bool) -> ProviderChain {
    ProviderChain(routes: routes(withinBudget: withinBudget), scoreboard: scoreboard, log: log.write)
  }

  /// All ways to an answer in the order in which they are tried: Gemini's models with each key, then the backup.
  func routes(withinBudget: Bool) -> [ModelRoute] {
    let settings = configuration
    let connect = settings.chat.connectTimeoutSeconds * 1_000
    let transport: Gemini.Transport = { [self] request, limits, client, follower throws(CurlError) in
      guard let curl else { throw .interrupted(code: -1) }
      defer { trace.note(curl.lastTransfer) }
      var follower = follower
      if let goesOn = follower?.goesOn {
        follower?.goesOn = { [scoreboard] in
          scoreboard.workers.stillWorks()
          return goesOn()
        }
      }
      return try curl.perform(request, limits: limits, watching: client, following: follower)
    }
    var routes: [ModelRoute] = []
    if withinBudget {
      let gemini = Gemini(
        baseURL: settings.gemini.baseURL, connectTimeoutMilliseconds: connect, transport: transport)
      routes = ModelRoute.all(
        provider: gemini, base: settings.gemini.baseURL, models: settings.gemini.models, keys: settings.gemini.keys)
    }
    if let backup = settings.backup {
      let provider = OpenAICompatible(backup, connectTimeoutMilliseconds: connect, transport: transport)
      routes.append(ModelRoute(provider: provider, base: backup.baseURL, model: backup.model, key: backup.key))
    }
    return routes
  }

  /// Why a route is not asked now; nil: it is.
  func obstacle(to route: ModelRoute) -> SetAside? {
    scoreboard.routeHealth.obstacle(to: route.scopes, at: Clock.realtimeMilliseconds)
  }

  /// How much a prompt may hold.
  var tokenBudget: TokenBudget {
    TokenBudget(limit: configuration.chat.contextTokens, correction: scoreboard.tokenCorrection)
  }

  /// Alessio's prompt for a question.
  func prompt(for question: ChatStore.Question, _ ground: ChatStore.Ground) -> Prompt {
    Prompt.alessio(
      question: question.text, topic: question.topic,
      specialisation: question.specialisation,
      isDistressed: question.isDistressed, profile: ground.profile?.labelled ?? [], context: ground.context,
      memory: Memory(summary: ground.summary, turns: ground.turns), budget: tokenBudget,
      keep: ground.tier == .free ? QuotaRules.freeTurns : nil, maxOutputTokens: configuration.chat.maxOutputTokens)
  }

  /// What a call of a model cost.
  /// - Parameter model: the configured name, which is what the price table lists.
  func expense(_ usage: TokenUsage, text: String, _ prompt: Prompt, model: String) -> Expense {
    Expense(
      usage, text: text, prompt: prompt, correction: scoreboard.tokenCorrection,
      price: configuration.prices.byModel[model])
  }

  /// What calls that brought no answer probably cost, for the budget: a model that read the prompt is paid for that,
  /// whatever it made of it. What it thought or wrote is not known.
  func spend(on attempts: [ProviderAttempt], _ prompt: Prompt) -> Int {
    let tokens = tokenBudget.corrected(prompt.estimatedTokens)
    return attempts.reduce(0) { sum, attempt in
      guard attempt.failure?.isProbablyBilled == true, let price = configuration.prices.byModel[attempt.model] else {
        return sum
      }
      return sum + Cost.estimate(promptTokens: tokens, answerText: "", price: price)
    }
  }

  /// What the operator must hear of after a chat: keys that were just set aside, and the budget once a day and host.
  func alerts(_ attempts: [ProviderAttempt], _ ground: ChatStore.Ground) -> [Alert] {
    var alerts = attempts.filter(\.raisesAlert).compactMap(Alert.init)
    if ground.overBudget, let budget = configuration.dailyBudget,
      scoreboard.claimsBudgetAlert(dayEnd: ground.quota.resetsAt)
    {
      alerts.append(
        Alert(
          kind: .budgetReached, subject: "daily budget",
          detail: ["limit_micro": budget, "currency": configuration.prices.currency],
          event: .budgetReached(limit: budget, currency: configuration.prices.currency)))
    }
    return alerts
  }
}

extension Services {
  /// Tells of attempts that no settled turn tells of: the client left before any text, or a summary was asked for.
  func record(
    _ attempts: [ProviderAttempt], _ prompt: Prompt, _ ground: ChatStore.Ground, user: String, requestID: String
  ) {
    let spend = spend(on: attempts, prompt)
    scoreboard.tallies.add(.spend, spend)
    guard spend > 0 || attempts.contains(where: { $0.fault != nil }) else { return }
    let alerts = alerts(attempts, ground)
    do {
      happened(
        events: JSONBytes(try alerts.compactMap(\.event).map { try pseudonyms.row($0) }).text,
        errors: JSONBytes(try pseudonyms.errorRows(attempts, user: user, requestID: requestID)).text,
        alerts: JSONBytes(alerts.map(\.row)).text, spend: spend, requestID: requestID)
    } catch {
      log.write(.warning, "what became of a model's calls could not be stored", [("id", .text(requestID))])
    }
  }

  /// Records what happened where no turn is settled, in the spool while the database is away.
  /// - Parameters: as `ChatStore.record` has them.
  func happened(
    events: String = "[]", errors: String = "[]", alerts: String = "[]", spend: Int = 0, requestID: String
  ) {
    do {
      try chats.record(events: events, errors: errors, alerts: alerts, spend: spend)
    } catch StoreError.unavailable {
      // The spool counts and logs what it loses.
      try? spool.append(.happenings(events: events, errors: errors, alerts: alerts, spend: spend))
    } catch {
      log.write(.warning, "the database refused what happened beside an answer", [("id", .text(requestID))])
    }
  }
}

extension ProviderChain.Outcome {
  /// Every call that was made, in order.
  var attempts: [ProviderAttempt] {
    switch self {
    case .answered(_, _, let attempts), .broken(_, _, let attempts), .exhausted(let attempts, _),
      .clientGone(_, let attempts):
      attempts
    }
  }
}

extension Log {
  /// Each attempt that failed is a line for the operator.
  func tell(_ attempt: ProviderAttempt, requestID: String) {
    guard let failure = attempt.fault else { return }
    write(
      .warning, "a model did not answer",
      [
        ("id", .text(requestID)), ("provider", .text(attempt.provider)), ("model", .text(attempt.model)),
        ("key_number", .number(attempt.keyNumber)), ("reason", .text(failure.logWord)),
        ("ms", .number(attempt.milliseconds)),
      ])
  }
}
