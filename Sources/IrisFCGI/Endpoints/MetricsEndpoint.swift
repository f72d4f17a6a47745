import IrisSystem

/// `GET /metrics`: what all workers of this host counted together, in Prometheus' text format 0.0.4
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>). The public site has no such path.
enum MetricsEndpoint {
  static func show(_ call: Call) -> Response {
    var page = MetricsPage()
    cache(call.services.scoreboard, &page)
    providers(call.services, &page)
    return Response(
      status: 200, fields: [Response.Field(name: "Content-Type", value: "text/plain; version=0.0.4; charset=utf-8")],
      body: Array(page.text.utf8))
  }

  private static func cache(_ scoreboard: Scoreboard, _ page: inout MetricsPage) {
    // A hit that is counted between the two loads would else give a negative miss.
    let hits = scoreboard.cacheHits.load()
    let lookups = max(hits, scoreboard.cacheLookups.load())
    page.begin("iris_cache_lookups_total", .counter, "First questions that were looked up in the answer cache.")
    page.sample(["result": "hit"], String(hits))
    page.sample(["result": "miss"], String(lookups - hits))
  }

  private static func providers(_ services: Services, _ page: inout MetricsPage) {
    let routes = services.routes(withinBudget: true)
    page.begin("iris_provider_calls_total", .counter, "Calls of a model and what they came to.")
    var told: Set<SharedSlots.Identity> = []
    for route in routes where told.insert(route.calls).inserted {
      let counts = services.scoreboard.providerCalls.counts(provider: route.provider.name, model: route.model)
      for outcome in ProviderCalls.Outcome.allCases {
        page.sample(
          ["provider": route.provider.name, "model": route.model, "outcome": outcome.rawValue],
          String(counts[outcome] ?? 0))
      }
    }
    page.begin("iris_provider_set_aside", .gauge, "1 while a model is not asked with a key, by its number in the list.")
    for route in routes {
      let isSetAside = services.obstacle(to: route) != nil
      page.sample(
        ["provider": route.provider.name, "model": route.model, "key": String(route.keyNumber)], isSetAside ? "1" : "0")
    }
    page.begin("iris_token_estimate_ratio", .gauge, "Tokens that the provider counts for each one estimated.")
    page.sample([:], String(services.scoreboard.tokenCorrection))
  }
}

/// A page of metrics while it is written.
struct MetricsPage {
  enum Kind: String {
    case counter, gauge
  }

  private(set) var text = ""
  private var name = ""

  /// Begins a metric; samples follow.
  mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// - Parameter labels: written in the order of the literal.
  mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: String) {
    let list = labels.map { "\($0.key)=\"\(MetricsPage.escaped($0.value))\"" }.joined(separator: ",")
    text += list.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    value.reduce(into: "") { text, character in
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }
}
