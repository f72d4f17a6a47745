import IrisDomain
import IrisSystem

/// The way of spooled records into the database.
struct SpoolStore {
  let database: Database

  /// A record on its way. A turn may name a conversation that is not its user's, or no longer there: it then goes to another
  /// one, always the same for the same user and name, so that what was said together stays together.
  struct Item: Sendable {
    let record: SpooledRecord
    let otherConversation: String?
    /// The pseudonym of that one, for the turn's events.
    let otherPseudonym: String?

    /// - Parameter pseudonyms: those of now; the record has those of when it happened.
    init(_ record: SpooledRecord, _ pseudonyms: Pseudonyms) {
      self.record = record
      let other = record.turn.map { Item.otherConversation(user: $0.user, claimed: $0.conversation) }
      otherConversation = other
      otherPseudonym = other.flatMap { pseudonyms.conversation($0) }
    }

    /// Where a user's turns go that name a conversation which is not to be had.
    static func otherConversation(user: String, claimed: String) -> String {
      Identifier.uuidV8(hash: Digest.sha256("conversation of \(user) in the place of \(claimed)"))
    }
  }

  /// What became of a record.
  enum Outcome: Equatable, Sendable {
    /// It is in the database; `isNew` is false when it was there already.
    case kept(isNew: Bool)
    /// Its account was erased, and nothing of it was kept.
    case erased
    /// PostgreSQL will never take it.
    case refused(sqlState: String)
    /// It may take it another time; what came after it was not tried.
    case postponed(sqlState: String)

    /// Whether the record will not be brought again.
    var isSettled: Bool { if case .postponed = self { false } else { true } }
  }

  /// The longest that a record waits for a lock: others work on the same rows, and a user may wait for them.
  private static let lockMilliseconds = 500

  /// Brings records to the database, each in a transaction of its own. Safe to repeat.
  /// - Returns: what became of the first of them, one at least, in their order. All that was kept is on the server's disk.
  func replay(_ items: [Item]) throws(StoreError) -> [Outcome] {
    let rows = items.map { item in
      [
        "record": item.record.text, "other": item.otherConversation, "other_pseudonym": item.otherPseudonym,
      ] as JSONObject
    }
    let result = try database.run(
      "CALL iris.replay($1, $2, $3, NULL)",
      [JSONBytes(rows).text, String(SpoolStore.lockMilliseconds), String(SpoolStore.keepSeconds)], repeatable: true)
    let words = (result.text(0) ?? "").split(separator: " ")
    guard !words.isEmpty, words.count <= items.count else { throw .unavailable }
    return words.map(SpoolStore.outcome)
  }

  /// For so long the database remembers which happenings it was told: longer than any file outlives its replay.
  private static let keepSeconds = 7 * 86_400

  private static func outcome(_ word: Substring) -> Outcome {
    switch word {
    case "kept": .kept(isNew: true)
    case "known": .kept(isNew: false)
    case "erased": .erased
    default: isFinal(word) ? .refused(sqlState: String(word)) : .postponed(sqlState: String(word))
    }
  }

  /// Whether a refusal is about the record itself (PostgreSQL's manual, appendix A: data exceptions, constraints, limits). A
  /// foreign key may break because the account is erased at this moment; the next try finds it gone.
  private static func isFinal(_ sqlState: Substring) -> Bool {
    sqlState != "23503" && ["22", "23", "54"].contains(sqlState.prefix(2))
  }
}
