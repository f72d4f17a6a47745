import IrisDomain

/// How many calls each model got, what they came to, and how many tokens they took, over all workers since the file was made.
///
/// A slot's identity is a hash of the names, so a reader names those it knows from its configuration; there is no list.
struct ProviderCalls: Sendable {
  /// What a call came to, in the words of the metric `iris_provider_calls_total`. New ones go to the end.
  enum Outcome: String, CaseIterable, Sendable {
    case ok, blocked
    case rateLimited = "rate_limited"
    case key, gone, timeout, unreachable, server
    case badAnswer = "bad_answer"
    case other
  }

  /// A cache line or two for each model, so that models don't slow each other down. Outcomes stand behind the identity,
  /// tokens at the end.
  private static let width = 16
  private static let inputOffset = 14
  private static let outputOffset = 15
  private static let slots = 64
  static let wordCount = width * slots

  private let table: SharedSlots

  init(_ words: SharedWords) { table = SharedSlots(words, width: Self.width) }

  /// What calls of a model are counted under.
  static func identity(provider: String, model: String) -> SharedSlots.Identity {
    SharedSlots.Identity("calls", provider, model)
  }

  /// Counts a call; more models than there are slots are not counted.
  func count(_ outcome: Outcome, for identity: SharedSlots.Identity) {
    guard let slot = table.claim(identity) else { return }
    table.word(Self.offset(outcome), of: slot).increment()
  }

  /// Tokens as the provider counts them.
  struct Tokens: Equatable, Sendable {
    var input: UInt64 = 0
    /// Thoughts included.
    var output: UInt64 = 0
  }

  /// Adds what a call took; what the provider does not tell, or cannot be, is not added.
  func count(_ usage: TokenUsage, for identity: SharedSlots.Identity) {
    guard let slot = table.claim(identity) else { return }
    for (offset, tokens) in [
      (Self.inputOffset, usage.prompt), (Self.outputOffset, usage.candidates), (Self.outputOffset, usage.thoughts),
    ] {
      guard let tokens, (1...Self.mostTokens).contains(tokens) else { continue }
      table.word(offset, of: slot).add(UInt64(tokens))
    }
  }

  /// No model takes a thousandth of it.
  private static let mostTokens = 1_000_000_000

  /// The tokens of a model.
  func tokens(provider: String, model: String) -> Tokens {
    guard let slot = table.find(Self.identity(provider: provider, model: model)) else { return Tokens() }
    return Tokens(
      input: table.word(Self.inputOffset, of: slot).load(), output: table.word(Self.outputOffset, of: slot).load())
  }

  /// The calls of a model, by outcome; those that never happened are left out.
  func counts(provider: String, model: String) -> [Outcome: UInt64] {
    guard let slot = table.find(Self.identity(provider: provider, model: model)) else { return [:] }
    let counts = Outcome.allCases.map { ($0, table.word(Self.offset($0), of: slot).load()) }
    return Dictionary(uniqueKeysWithValues: counts.filter { $0.1 > 0 })
  }

  private static func offset(_ outcome: Outcome) -> Int { 1 + (Outcome.allCases.firstIndex(of: outcome) ?? 0) }
}
