/// Alessio's answers, and the models that they come from.
enum AssistantMetrics {
  static func write(_ services: Services, to page: inout MetricsPage) {
    answers(services.scoreboard, &page)
    cache(services.scoreboard, &page)
    providers(services, &page)
    money(services, &page)
  }

  private static let answersByFinish: KeyValuePairs<String, Tallies.Name> = [
    "blocked": .chatBlocked, "complete": .chatComplete, "fallback": .chatFallback, "partial": .chatPartial,
    "truncated": .chatTruncated,
  ]

  private static func answers(_ scoreboard: Scoreboard, _ page: inout MetricsPage) {
    page.begin(
      "iris_chat_answers_total", .counter,
      "Answers of Alessio by their end: fallback is prepared advice, partial a stream that broke off.")
    for (finish, name) in answersByFinish { page.sample(["finish": finish], scoreboard.tallies[name]) }
    page.counter(
      "iris_chats_without_database_total", scoreboard.tallies[.chatsWithoutDatabase],
      "Chats that were answered while the database was away.")
  }

  private static func cache(_ scoreboard: Scoreboard, _ page: inout MetricsPage) {
    // A hit that is counted between the two loads would else give a negative miss.
    let hits = scoreboard.cacheHits.load()
    let lookups = max(hits, scoreboard.cacheLookups.load())
    page.begin("iris_cache_lookups_total", .counter, "First questions that were looked up in the answer cache.")
    page.sample(["result": "hit"], hits)
    page.sample(["result": "miss"], lookups - hits)
  }

  private static func providers(_ services: Services, _ page: inout MetricsPage) {
    let routes = services.routes(withinBudget: true)
    let models = models(routes, services.scoreboard.providerCalls)
    page.begin("iris_provider_calls_total", .counter, "Calls of a model and what they came to.")
    for (provider, model, counts) in models {
      for outcome in ProviderCalls.Outcome.allCases {
        page.sample(["provider": provider, "model": model, "outcome": outcome.rawValue], counts.calls[outcome] ?? 0)
      }
    }
    page.begin("iris_tokens_total", .counter, "Tokens as the providers count them; thoughts are output.")
    for (provider, model, counts) in models {
      page.sample(["provider": provider, "model": model, "direction": "input"], counts.tokens.input)
      page.sample(["provider": provider, "model": model, "direction": "output"], counts.tokens.output)
    }
    page.begin("iris_provider_set_aside", .gauge, "1 while a model is not asked with a key, by its number in the list.")
    for route in routes {
      let isSetAside = services.obstacle(to: route) != nil
      page.sample(
        ["provider": route.provider.name, "model": route.model, "key": String(route.keyNumber)], isSetAside ? 1 : 0)
    }
    page.gauge(
      "iris_token_estimate_ratio", String(services.scoreboard.tokenCorrection),
      "Tokens that the provider counts for each one estimated.")
  }

  /// The models that are asked, and those that found no room to be counted in, if any.
  private static func models(
    _ routes: [ModelRoute], _ calls: ProviderCalls
  ) -> [(provider: String, model: String, counts: ProviderCalls.Counts)] {
    var told: Set<SharedSlots.Identity> = []
    let models = routes.filter { told.insert($0.calls).inserted }.map { route in
      (route.provider.name, route.model, calls.counts(provider: route.provider.name, model: route.model))
    }
    let others = calls.others
    return others == ProviderCalls.Counts() ? models : models + [(RouteMark.other, RouteMark.other, others)]
  }

  private static func money(_ services: Services, _ page: inout MetricsPage) {
    let (prices, tallies) = (services.configuration.prices, services.scoreboard.tallies)
    page.begin(
      "iris_cost_total", .counter, "What models cost, in units of the currency, as the day's budget is charged.")
    page.sample(["currency": prices.currency], MetricsPage.millionths(tallies[.spend]))
    page.gauge(
      "iris_budget_reached", String(tallies[.budgetReached]), "1 while the last chat found the day's budget spent.")
  }
}
