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

  /// ChatResponse of the API. Absent limits are null: the member is always there.
  func document(quota: QuotaState) -> JSONObject {
    let usage: JSONObject = [
      "daily_used": quota.dayUsed, "daily_limit": quota.dayLimit, "daily_remaining": quota.dayRemaining,
      "minute_remaining": quota.minuteRemaining, "resets_at": quota.resetsAt,
    ]
    return [
      "response": answer.text, "confidence": confidence, "model_used": model, "topic": question.topic.rawValue,
      "suggestions": Suggestions.suggestions(topic: question.topic, turn: turn),
      "session_id": question.conversation, "message_id": question.turn, "processing_time_ms": milliseconds,
      "finish": answer.finish.rawValue, "degraded": answer.finish == .fallback, "usage": usage,
    ]
  }
}

extension Answer {
  fileprivate func replacingText(_ text: String) -> Answer {
    Answer(
      text: text, finish: finish, modelVersion: modelVersion, usage: usage, averageLogProbability: averageLogProbability
    )
  }
}
