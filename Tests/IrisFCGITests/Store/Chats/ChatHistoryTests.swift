import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What a conversation remembers, through `ChatStore` as the worker calls it.
@Suite(.needsDatabase) struct ChatHistoryTests {
  let database: TestDatabase
  let sql: ChatSQL
  let store: ChatStore

  init() throws {
    database = try TestDatabase()
    sql = try ChatSQL(database)
    store = ChatStore(database: try database.makeDatabase(), timeZone: ChatSQL.zone)
  }

  private static let limits = Limits(
    free: TierLimits(messagesPerDay: nil, messagesPerMinute: nil, lettersPerMonth: nil),
    premium: TierLimits(messagesPerDay: nil, messagesPerMinute: nil, lettersPerMonth: nil))

  /// A conversation of turns with these statuses, a second apart; the texts are their numbers.
  private func conversation(of user: TestUser, _ statuses: [String?]) throws -> String {
    let rules = ChatSQL.Rules(freeDay: nil, freeMinute: nil, premiumMinute: nil)
    var place: String?
    for (number, status) in statuses.enumerated() {
      let begun = try sql.begin(
        user, conversation: place, text: "Q\(number)", rules: rules, askedSecondsAgo: statuses.count - number)
      place = begun.conversation
      if let status { try sql.finish(begun, answer: "A\(number)", status: status, charge: "no") }
    }
    return try #require(place)
  }

  private func question(
    _ user: TestUser, conversation: String, text: String = "Et maintenant ?"
  ) throws -> ChatStore.Question {
    ChatStore.Question(
      user: user.id, session: user.session, conversation: conversation, isNewConversation: false,
      turn: try TestID.make(), id: try TestID.make(), text: text, topic: .cv)
  }

  private func history(_ user: TestUser, _ conversation: String) throws -> (turns: [Turn], count: Int) {
    let asked = try question(user, conversation: conversation)
    guard case .reserved(let ground) = try store.begin(asked, limits: Self.limits, lapseSeconds: 45)
    else { throw Problem(.internalError) }
    return (ground.turns, ground.turnCount)
  }

  @Test(arguments: [(Tier.free, 4), (.premium, 6)])
  func `the last turns come oldest first, as many as the tier remembers`(tier: Tier, remembered: Int) throws {
    let user = try TestUser(database, tier: tier)
    let place = try conversation(of: user, Array(repeating: "complete", count: 6))
    let (turns, count) = try history(user, place)
    #expect(turns.map(\.question) == ((6 - remembered)..<6).map { "Q\($0)" })
    #expect(turns.map(\.answer) == ((6 - remembered)..<6).map { "A\($0)" })
    #expect(count == 6)
  }

  @Test func `only answered turns are remembered`() throws {
    let user = try TestUser(database, tier: .premium)
    let statuses = ["complete", "blocked", "truncated", "fallback", "partial", nil, "complete"]
    let place = try conversation(of: user, statuses)
    let (turns, _) = try history(user, place)
    #expect(turns.map(\.question) == ["Q0", "Q2", "Q6"])
    #expect(turns.map(\.answer) == ["A0", "A2", "A6"])
  }

  @Test func `an abandoned question is not remembered`() throws {
    let user = try TestUser(database)
    let place = try conversation(of: user, ["complete"])
    try sql.abandon(try sql.begin(user, conversation: place))
    #expect(try history(user, place).turns.map(\.question) == ["Q0"])
  }

  @Test func `conversations don't hear each other`() throws {
    let user = try TestUser(database)
    let first = try conversation(of: user, ["complete", "complete"])
    let second = try conversation(of: user, ["fallback"])
    #expect(try history(user, first).turns.count == 2)
    #expect(try history(user, second).turns.isEmpty)
  }

  @Test(arguments: ["\"guillemets\" et \\ barre", "deux\nlignes\t!", "été 👩🏽‍🎓 ñ", "{\"a\":[1]}", "'; DROP TABLE x; --"])
  func `what was said comes back to the letter`(text: String) throws {
    let user = try TestUser(database)
    let place = try sql.chat(user).conversation
    let asked = try question(user, conversation: place, text: text)
    _ = try store.begin(asked, limits: Self.limits, lapseSeconds: 45)
    let answer = Answer(text: "« \(text) »", finish: .complete)
    _ = try store.finish(
      asked,
      ChatStore.Completion(
        answer: answer, status: "complete", charge: .yes, tier: .free, model: "m", confidence: 0.9, milliseconds: 5,
        events: "[]", errors: "[]"))
    #expect(try history(user, place).turns.last == Turn(id: asked.turn, question: text, answer: "« \(text) »"))
  }

  @Test func `refusals and limits come as problems`() throws {
    let (user, other) = (try TestUser(database), try TestUser(database))
    let place = try sql.chat(other).conversation
    guard
      case .refused(.notFound) = try store.begin(
        try question(user, conversation: place), limits: Self.limits, lapseSeconds: 45)
    else { throw Problem(.internalError, detail: LocalizedText("another user's conversation was given", en: "")) }
    var limits = Self.limits
    limits.free.messagesPerDay = 1
    guard
      case .limited(.dailyQuotaExceeded, .free, let quota, let wait) = try store.begin(
        try question(other, conversation: place), limits: limits, lapseSeconds: 45)
    else { throw Problem(.internalError, detail: LocalizedText("a second message passed", en: "")) }
    #expect(quota.dayLimit == 1 && quota.dayUsed == 1 && quota.dayRemaining == 0 && wait == quota.dayResetSeconds)
  }
}
