/// The things behind a route that can fail on their own, each for all routes that share it. They are known by hashes, so
/// that a rotated key, another server and another model start without a past.
struct RouteScopes: Hashable, Sendable {
  enum Level: CaseIterable, Sendable {
    /// One model with one key: what a quota is counted for.
    case pair
    /// A key with all models.
    case key
    /// A model with all keys.
    case model
    /// A server with all its models and keys.
    case provider
  }

  private let pair, key, model, provider: SharedSlots.Identity

  /// - Parameter base: the server's address, as configured.
  init(base: String, model: String, key: Secret?) {
    let credential = key?.exposed ?? ""
    pair = SharedSlots.Identity("pair", base, model, credential)
    self.key = SharedSlots.Identity("key", base, credential)
    self.model = SharedSlots.Identity("model", base, model)
    provider = SharedSlots.Identity("provider", base)
  }

  subscript(level: Level) -> SharedSlots.Identity {
    switch level {
    case .pair: pair
    case .key: key
    case .model: model
    case .provider: provider
    }
  }
}
