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

  init(_ words: SharedWords) { table = SharedSlots(words, width: Self.width, reserved: 1) }

  /// The slot of a model; that of all others where there is no room.
  private func slot(of identity: SharedSlots.Identity) -> Int { table.claim(identity) ?? table.count }

  /// What calls of a model are counted under.
  static func identity(provider: String, model: String) -> SharedSlots.Identity {
    SharedSlots.Identity("calls", provider, model)
  }

  /// Counts a call.
  func count(_ outcome: Outcome, for identity: SharedSlots.Identity) {
    table.word(Self.offset(outcome), of: slot(of: identity)).increment()
  }

  /// Tokens as the provider counts them.
  struct Tokens: Equatable, Sendable {
    var input: UInt64 = 0
    /// Thoughts included.
    var output: UInt64 = 0
  }

  /// Adds what a call took; what the provider does not tell, or cannot be, is not added.
  func count(_ usage: TokenUsage, for identity: SharedSlots.Identity) {
    let slot = slot(of: identity)
    for (offset, tokens) in [
      (Self.inputOffset, usage.prompt), (Self.outputOffset, usage.candidates), (Self.outputOffset, usage.thoughts),
    ] {
      guard let tokens, (1...Self.mostTokens).contains(tokens) else { continue }
      table.word(offset, of: slot).add(UInt64(tokens))
    }
  }

  /// No model takes a thousandth of it.
  private static let mostTokens = 1_000_000_000

  /// What was counted for a model, or for all that found no slot.
  struct Counts: Equatable, Sendable {
    /// Outcomes that never happened are left out.
    var calls: [Outcome: UInt64] = [:]
    var tokens = Tokens()
  }

  func counts(provider: String, model: String) -> Counts {
    table.find(Self.identity(provider: provider, model: model)).map(counts) ?? Counts()
  }

  /// Of more models than there are slots.
  var others: Counts { counts(in: table.count) }

  private func counts(in slot: Int) -> Counts {
    let calls = Outcome.allCases.map { ($0, table.word(Self.offset($0), of: slot).load()) }.filter { $0.1 > 0 }
    return Counts(
      calls: Dictionary(uniqueKeysWithValues: calls),
      tokens: Tokens(
        input: table.word(Self.inputOffset, of: slot).load(), output: table.word(Self.outputOffset, of: slot).load()))
  }

  private static func offset(_ outcome: Outcome) -> Int { 1 + (Outcome.allCases.firstIndex(of: outcome) ?? 0) }
}
