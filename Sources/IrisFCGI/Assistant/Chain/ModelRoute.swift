/// One way to get an answer: a model of a provider, reached with one key.
struct ModelRoute {
  let provider: any ModelProvider
  let model: String
  /// nil for servers that take none.
  let key: Secret?
  /// Position of the key in the configured list, from 1: what logs may say instead of the key.
  let keyNumber: Int
  /// What its calls tell something about.
  let scopes: RouteScopes
  /// What its calls are counted under.
  let calls: SharedSlots.Identity

  /// - Parameter base: the server's address, as configured.
  init(provider: any ModelProvider, base: String, model: String, key: Secret?, keyNumber: Int = 1) {
    self.provider = provider
    self.model = model
    self.key = key
    self.keyNumber = keyNumber
    scopes = RouteScopes(base: base, model: model, key: key)
    calls = ProviderCalls.identity(provider: provider.name, model: model)
  }

  /// All pairs of a provider in the order to try them: every key of the first model before the second model.
  /// - Parameter keys: one nil for a server that takes none.
  static func all(provider: any ModelProvider, base: String, models: [String], keys: [Secret?]) -> [ModelRoute] {
    models.flatMap { model in
      keys.enumerated().map { index, key in
        ModelRoute(provider: provider, base: base, model: model, key: key, keyNumber: index + 1)
      }
    }
  }

  func sharesProvider(with other: ModelRoute) -> Bool { provider.name == other.provider.name }
  func sharesModel(with other: ModelRoute) -> Bool { sharesProvider(with: other) && model == other.model }
  func sharesKey(with other: ModelRoute) -> Bool { sharesProvider(with: other) && keyNumber == other.keyNumber }
}

/// What one call to a model came to; safe to log as it is.
struct ProviderAttempt: Hashable, Sendable {
  let provider: String
  let model: String
  let keyNumber: Int
  let milliseconds: Int
  /// nil where the attempt brought the answer.
  let failure: ProviderFailure?
  /// What an operator hears of; a person who left is no failure of the model.
  var fault: ProviderFailure? { failure == .clientGone ? nil : failure }
  /// This attempt, and no other of any worker, set a key or a model aside for which somebody should do something. Told
  /// once: not again when a later try fails too.
  var raisesAlert = false
  /// With an alert: when the key or model is tried again, in Unix milliseconds.
  var setAsideUntil: Int64?
}

/// A route that was not asked because of what other chats had learned about it; safe to log as it is.
struct SkippedRoute: Hashable, Sendable {
  let provider: String
  let model: String
  let keyNumber: Int
  let obstacle: SetAside
}
