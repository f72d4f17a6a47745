import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What the user sees of a model's answer, and what is kept and charged of it.
struct ChatReplyTests {
  private static let question = ChatStore.Question(
    user: TokenForge.user, session: TokenForge.session, conversation: "01900000-0000-7000-8000-00000000000a",
    isNewConversation: false, turn: "01900000-0000-7000-8000-00000000000b", id: "01900000-0000-7000-8000-00000000000c",
    text: "Comment refaire mon CV ?", topic: .cv)

  private static let ground = ChatStore.Ground(
    tier: .free, quota: quota, profile: nil, context: nil, summary: nil, summarisedUntil: nil, turns: [], turnCount: 2,
    overBudget: false)

  private static func reply(
    _ answer: Answer, to question: ChatStore.Question = question, attempts: [ProviderAttempt] = []
  ) -> ChatReply {
    ChatReply(
      answer, from: "gemini-x", question: question, ground: ground, milliseconds: 1_234, expense: .none,
      attempts: attempts)
  }

  private static func reply(_ text: String, _ finish: Answer.Finish) -> ChatReply {
    reply(Answer(text: text, finish: finish))
  }

  /// Every attempt failed.
  private static func unanswered(_ failures: ProviderFailure..., skipped: [SkippedRoute] = []) -> ChatReply {
    ChatReply(
      offline: question, ground: ground, milliseconds: 1_234, expense: .none, attempts: failures.map(attempt),
      skipped: skipped)
  }

  private static func attempt(_ failure: ProviderFailure?) -> ProviderAttempt {
    ProviderAttempt(provider: "gemini", model: "m", keyNumber: 2, milliseconds: 40, failure: failure)
  }

  private static let quota = QuotaState(
    dayLimit: 10, dayUsed: 4, dayReserved: 1, minuteLimit: 3, minuteUsed: 2, minuteResetSeconds: 30,
    dayResetSeconds: 3_600, resetsAt: "2026-11-21T23:00:00Z")

  private static func document(_ reply: ChatReply) throws -> JSONValue {
    try StrictJSON.parse(JSONBytes(reply.document.whole(quota)).bytes)
  }

  private static let sentence = "Votre CV gagne à dire en trois lignes ce que vous cherchez et ce que vous apportez."

  @Test func `a complete answer is shown as it is`() throws {
    let document = try Self.document(Self.reply(Self.sentence, .complete))
    #expect(document["response"]?.text == Self.sentence && document["finish"]?.text == "complete")
    #expect(document["degraded"] == .bool(false) && document["model_used"]?.text == "gemini-x")
    #expect(document["session_id"]?.text == Self.question.conversation)
    #expect(document["message_id"]?.text == Self.question.turn && document["topic"]?.text == "cv")
    #expect(document["processing_time_ms"]?.number == 1_234)
    #expect((0.0...1.0).contains(document["confidence"]?.number ?? -1))
    let usage = try #require(document["usage"])
    #expect(usage["daily_used"]?.number == 4 && usage["daily_remaining"]?.number == 5)
    #expect(usage["minute_remaining"]?.number == 1 && usage["resets_at"]?.text == "2026-11-21T23:00:00Z")
  }

  @Test func `a withheld answer is replaced by words that help`() throws {
    let document = try Self.document(Self.reply("", .blocked))
    #expect(document["finish"]?.text == "blocked" && document["degraded"] == .bool(false))
    #expect((document["response"]?.text?.count ?? 0) > 40)
  }

  @Test func `somebody in distress is offered nothing of work`() throws {
    var question = ChatStore.Question(
      user: TokenForge.user, session: TokenForge.session, conversation: Self.question.conversation,
      isNewConversation: false, turn: Self.question.turn, id: Self.question.id, text: "Je veux mourir. Et mon CV ?",
      topic: .cv)
    question.specialisation = "structure"
    let answer = Answer(text: "Je suis là.", finish: .complete)
    let document = try Self.document(Self.reply(answer, to: question))
    #expect(document["suggestions"]?.items.compactMap(\.text) == Suggestions.distress)
    #expect(document["response"]?.text?.hasPrefix(Distress.help) == true)
  }

  @Test func `no model is a fallback of half confidence`() throws {
    let document = try Self.document(Self.unanswered(.timedOut))
    #expect(document["finish"]?.text == "fallback" && document["degraded"] == .bool(true))
    #expect(document["model_used"]?.text == "fallback" && document["confidence"]?.number == 0.5)
  }

  @Test(arguments: [
    (Answer.Finish.complete, ChatStore.Completion.Charge.yes), (.truncated, .yes), (.blocked, .blocked),
  ])
  func `what an answer costs`(finish: Answer.Finish, charge: ChatStore.Completion.Charge) throws {
    let done = try Self.reply(Self.sentence, finish).completion(
      Pseudonyms(keys: [Secret(Sample.key)]), currency: "EUR", requestID: "r")
    #expect(done.charge == charge && done.status == finish.rawValue && done.model == "gemini-x" && done.tier == .free)
  }

  @Test func `a fallback is free, and its event names the reasons`() throws {
    let done = try Self.unanswered(.timedOut, .overloaded)
      .completion(Pseudonyms(keys: [Secret(Sample.key)]), currency: "EUR", requestID: "r")
    #expect(done.charge == .no && done.status == "fallback")
    let events = try StrictJSON.parse(Array(done.events.utf8)).items
    #expect(events.compactMap { $0["event_type"]?.text } == ["chat_request", "chat_fallback"])
    #expect(events.last?["metadata"]?["reasons"] == .array([.string("timed_out"), .string("overloaded")]))
  }

  @Test func `events carry pseudonyms, each an id of its own, and none without a key`() throws {
    let pseudonyms = try Pseudonyms(keys: [Secret(Sample.key)])
    let done = try Self.reply(Self.sentence, .complete).completion(pseudonyms, currency: "EUR", requestID: "r")
    let events = try StrictJSON.parse(Array(done.events.utf8)).items
    #expect(events.compactMap { $0["event_type"]?.text } == ["chat_request", "chat_response"])
    for event in events {
      #expect(event["user_id"]?.text == pseudonyms.user(TokenForge.user))
      #expect(event["session_id"]?.text == pseudonyms.conversation(Self.question.conversation))
      #expect(Identifier.isUUID(event["id"]?.text ?? ""))
    }
    #expect(events[0]["id"] != events[1]["id"])
    #expect(!done.events.contains(TokenForge.user) && !done.events.contains(Self.question.conversation))
    let without = try Self.reply(Self.sentence, .complete).completion(
      Pseudonyms(keys: []), currency: "EUR", requestID: "r")
    #expect(!without.events.contains("user_id") || without.events.contains("\"user_id\":null"))
  }

  @Test func `without any attempt the reason is that nothing is configured`() throws {
    let done = try Self.unanswered().completion(Pseudonyms(keys: [Secret(Sample.key)]), currency: "EUR", requestID: "r")
    let events = try StrictJSON.parse(Array(done.events.utf8)).items
    #expect(events.last?["metadata"]?["reasons"] == .array([.string("unconfigured")]) && done.errors == "[]")
  }

  @Test(arguments: [
    (ProviderFailure.keyRejected, "key_rejected|gemini key 2|provider_key_rejected"),
    (.creditExhausted, "key_rejected|gemini key 2|provider_key_rejected"), (.modelGone, "model_gone|gemini model m|"),
  ])
  func `an alert says what is out of order`(failure: ProviderFailure, expected: String) throws {
    let alert = try #require(Alert(Self.attempt(failure)))
    #expect("\(alert.kind.rawValue)|\(alert.subject)|\(alert.event?.type ?? "")" == expected)
    #expect(try StrictJSON.parse(JSONBytes(alert.row).bytes)["detail"]?["reason"]?.text == failure.logWord)
    #expect(Alert(Self.attempt(nil)) == nil)
  }

  @Test func `each failed attempt is an error for the operator, also when a later one answered`() throws {
    let pseudonyms = try Pseudonyms(keys: [Secret(Sample.key)])
    let answer = Answer(text: Self.sentence, finish: .complete)
    let attempts = [Self.attempt(.overloaded), Self.attempt(.timedOut), Self.attempt(nil)]
    let done = try Self.reply(answer, attempts: attempts).completion(pseudonyms, currency: "EUR", requestID: "r1")
    let errors = try StrictJSON.parse(Array(done.errors.utf8)).items
    #expect(errors.compactMap { $0["context"]?["reason"]?.text } == ["overloaded", "timed_out"])
    let first = try #require(errors.first)
    #expect(first["error_type"]?.text == "provider_failure" && first["error_message"]?.text == "a model did not answer")
    #expect(first["user_id"]?.text == pseudonyms.user(TokenForge.user))
    #expect(
      first["context"]
        == .object([
          "request_id": .string("r1"), "attempt": .number(1), "provider": .string("gemini"), "model": .string("m"),
          "key_number": .number(2),
          "reason": .string("overloaded"), "ms": .number(40),
        ]))
    #expect(!done.errors.contains(TokenForge.user) && !done.errors.contains("CV"))
  }

  @Test(arguments: [
    (Event.PartialReason.clientGone, ProviderFailure.clientGone, 0), (.upstreamFailed, .unfinished(.absent), 1),
  ])
  func `a part of an answer is streamed, and only a model's failure is an error`(
    reason: Event.PartialReason, failure: ProviderFailure, errors: Int
  ) throws {
    let live = LiveAnswer(isStreamed: true)
    #expect(live.append("Votre CV"))
    let reply = ChatReply(
      partial: live, reason, from: "m", question: Self.question, ground: Self.ground, milliseconds: 40, expense: .none,
      attempts: [Self.attempt(failure)])
    let done = try reply.completion(Pseudonyms(keys: [Secret(Sample.key)]), currency: "EUR", requestID: "r")
    #expect(try StrictJSON.parse(Array(done.errors.utf8)).items.count == errors)
    let events = try StrictJSON.parse(Array(done.events.utf8)).items
    #expect(events.compactMap { $0["event_type"]?.text } == ["chat_request", "chat_response", "chat_partial"])
    #expect(events[1]["metadata"]?["streamed"] == .bool(true) && done.charge == .yes && done.status == "partial")
  }
}
