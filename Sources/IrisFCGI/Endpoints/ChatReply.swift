import IrisDomain
import IrisSystem

/// An answered turn: what the user sees of it, and what is kept.
struct ChatReply {
  /// What came of asking the models.
  struct Result {
    /// The answer and the model that gave it; nil: none did, and the offline Alessio answers.
    let given: (answer: Answer, model: String)?
    let attempts: [ProviderAttempt]
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
  let attempts: [ProviderAttempt]
  /// How many turns the conversation had before.
  let turn: Int

  init(question: ChatStore.Question, result: Result, tier: Tier, turn: Int, start: Int64) {
    self.question = question
    self.tier = tier
    self.turn = turn
    attempts = result.attempts
    let given =
      result.given?.answer
      ?? Answer(
        text: OfflineAdvice.advice(topic: question.topic, message: question.text), finish: .fallback,
        modelVersion: nil, usage: .unknown, averageLogProbability: nil)
    answer = given.replacingText(ChatReply.shownText(given, topic: question.topic))
    model = result.given?.model ?? "fallback"
    let exact = AnswerReview.confidence(for: given, message: question.text, topic: question.topic)
    // Three decimals are as much as the formula can mean.
    confidence = (exact * 1_000).rounded() / 1_000
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
}

extension Answer {
  fileprivate func replacingText(_ text: String) -> Answer {
    Answer(
      text: text, finish: finish, modelVersion: modelVersion, usage: usage, averageLogProbability: averageLogProbability
    )
  }
}
