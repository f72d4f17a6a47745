/// What is merely counted, over all workers since the file was made: one shared word each.
struct Tallies: Sendable {
  /// What is counted. New ones go to the end; the raw value is the word's place.
  enum Name: Int, CaseIterable, Sendable {
    /// Connections whose client had left before a worker took them.
    case requestsAbandoned
    /// Answers that could not be handed over: the client had left, or did not read.
    case answersUndelivered
    /// Answers of Alessio by their end; partial: a stream that broke off.
    case chatComplete, chatTruncated, chatBlocked, chatFallback, chatPartial
    /// What models cost, in micro-units of the price table's currency, as the day's budget is charged.
    case spend
    /// 1 while the last chat found the day's budget spent; it is set, not counted.
    case budgetReached
    /// Chats that were answered without the database.
    case chatsWithoutDatabase
  }

  static let wordCount = 64

  private let words: SharedWords

  init(_ words: SharedWords) { self.words = words }

  func add(_ name: Name, _ amount: Int = 1) { words[name.rawValue].add(UInt64(max(0, amount))) }

  /// For what is a state.
  func set(_ name: Name, _ value: UInt64) {
    // A word that is not written stays in every processor's cache.
    if self[name] != value { words[name.rawValue].store(value) }
  }

  subscript(name: Name) -> UInt64 { words[name.rawValue].load() }
}
