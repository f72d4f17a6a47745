import IrisDomain
import IrisSystem

/// An answered turn: what the user sees of it, and what is kept.
struct ChatReply {
  /// Who answered.
  enum Result {
    case model(Answer, model: String)
    /// No model did, for these reasons.
    case fallback(reasons: [String])
  }

  /// ChatResponse of the API.
  struct Document: Encodable {
    let response: String
    let confidence: Double
    let modelUsed: String
    let topic: String
    let suggestions: [String]
    let sessionId: String
    let messageId: String
    let processingTimeMs: Int
    let finish: String
    let degraded: Bool
    let usage: Usage

    struct Usage: Encodable {
      let dailyUsed: Int
      let dailyLimit: Int?
      let dailyRemaining: Int?
      let minuteRemaining: Int?
      let resetsAt: String

      /// Absent limits are null: the member is always there.
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(dailyUsed, forKey: .dailyUsed)
        try container.encode(dailyLimit, forKey: .dailyLimit)
        try container.encode(dailyRemaining, forKey: .dailyRemaining)
        try container.encode(minuteRemaining, forKey: .minuteRemaining)
        try container.encode(resetsAt, forKey: .resetsAt)
      }

      private enum CodingKeys: String, CodingKey {
        case dailyUsed, dailyLimit, dailyRemaining, minuteRemaining, resetsAt
      }
    }
  }

  let question: ChatStore.Question
  let tier: Tier
  /// What the user reads; a blocked answer is replaced by words that help.
  let answer: Answer
  let model: String
  let confidence: Double
  let milliseconds: Int
  private let reasons: [String]?
  private let turn: Int

  init(question: ChatStore.Question, result: Result, tier: Tier, turn: Int, start: Int64) {
    self.question = question
    self.tier = tier
    self.turn = turn
    switch result {
    case .model(let given, let model):
      answer = given.replacingText(ChatReply.shownText(given, topic: question.topic))
      self.model = model
      reasons = nil
      let exact = AnswerReview.confidence(for: given, message: question.text, topic: question.topic)
      // Three decimals are as much as the formula can mean.
      confidence = (exact * 1_000).rounded() / 1_000
    case .fallback(let reasons):
      let advice = OfflineAdvice.advice(topic: question.topic, message: question.text)
      answer = Answer(
        text: advice, finish: .fallback, modelVersion: nil, usage: .unknown, averageLogProbability: nil)
      model = "fallback"
      self.reasons = reasons
      confidence = AnswerReview.confidence(for: answer, message: question.text, topic: question.topic)
    }
    milliseconds = Int((Clock.monotonicMicroseconds - start + 500) / 1_000)
  }

  private static func shownText(_ answer: Answer, topic: Topic) -> String {
    switch answer.finish {
    case .complete, .fallback: answer.text
    case .truncated: AnswerReview.tidyTruncated(answer.text)
    case .blocked: BlockedAdvice.text(topic: topic)
    }
  }

  func document(quota: QuotaState) -> Document {
    Document(
      response: answer.text, confidence: confidence, modelUsed: model, topic: question.topic.rawValue,
      suggestions: Suggestions.suggestions(topic: question.topic, turn: turn), sessionId: question.conversation,
      messageId: question.turn, processingTimeMs: milliseconds, finish: answer.finish.rawValue,
      degraded: answer.finish == .fallback,
      usage: Document.Usage(
        dailyUsed: quota.dayUsed, dailyLimit: quota.dayLimit, dailyRemaining: quota.dayRemaining,
        minuteRemaining: quota.minuteRemaining, resetsAt: quota.resetsAt))
  }

  /// What SQL call 2 keeps. A fallback is free; a blocked answer is, up to a few a day.
  func completion(_ pseudonyms: Pseudonyms) throws -> ChatStore.Completion {
    let charge: ChatStore.Completion.Charge =
      switch answer.finish {
      case .complete, .truncated: .yes
      case .blocked: .blocked
      case .fallback: .no
      }
    return ChatStore.Completion(
      answer: answer, status: answer.finish.rawValue, charge: charge, tier: tier, model: model, confidence: confidence,
      milliseconds: milliseconds, events: try JSON.text(try events(pseudonyms)))
  }

  /// A row for `iris_events`.
  private struct EventRow: Encodable {
    let id: String
    let userId: String?
    let eventType: String
    let metadata: [String: EventValue]
    let sessionId: String?
  }

  private func events(_ pseudonyms: Pseudonyms) throws -> [EventRow] {
    let request = Event.chatRequest(
      tier: tier, topic: question.topic, scalars: question.text.unicodeScalars.count, turn: turn)
    let outcome: Event =
      if let reasons {
        .chatFallback(topic: question.topic, reasons: reasons)
      } else {
        .chatResponse(
          ChatOutcome(
            topic: question.topic, finish: answer.finish, model: model, confidence: confidence,
            milliseconds: milliseconds, usage: answer.usage))
      }
    let (user, conversation) = (pseudonyms.user(question.user), pseudonyms.conversation(question.conversation))
    return try [request, outcome].map { event in
      EventRow(
        id: try Call.newID(), userId: user, eventType: event.type, metadata: event.metadata, sessionId: conversation)
    }
  }
}

extension Answer {
  fileprivate func replacingText(_ text: String) -> Answer {
    Answer(
      text: text, finish: finish, modelVersion: modelVersion, usage: usage, averageLogProbability: averageLogProbability
    )
  }
}
