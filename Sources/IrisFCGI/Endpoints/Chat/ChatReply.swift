import IrisDomain
import IrisSystem

/// What became of a question: what the user sees of it, and what SQL call 2 keeps.
struct ChatReply {
  /// What `model_used` says when no model answered.
  static let offlineModel = "fallback"
  /// What follows the model's name when its answer was given to the same question before.
  static let cacheMark = "+cache"

  let question: ChatStore.Question
  let ground: ChatStore.Ground
  /// What the user reads; a blocked answer is replaced by words that help.
  let answer: Answer
  let model: String
  /// Nil of an answer that found no end: what is there cannot be judged.
  let confidence: Double?
  let milliseconds: Int
  /// Why the answer is a part only; nil: it has its end.
  private(set) var partial: Event.PartialReason?
  private(set) var isCached = false
  /// The model whose answer the cache kept.
  private(set) var cachedModel: String?
  private(set) var isStreamed = false
  private(set) var expense = Expense.none
  /// Every call of a model, and the routes that were not tried because they had failed a moment ago.
  private(set) var attempts: [ProviderAttempt] = []
  private(set) var skipped: [SkippedRoute] = []

  /// A model's answer, whole or withheld.
  init(
    _ given: Answer, from model: String, question: ChatStore.Question, ground: ChatStore.Ground, milliseconds: Int,
    expense: Expense, attempts: [ProviderAttempt]
  ) {
    self.question = question
    self.ground = ground
    answer = given.replacingText(ChatReply.shownText(given, question))
    self.model = model
    let exact = AnswerReview.confidence(for: given, message: question.text, topic: question.topic)
    // Three decimals are as much as the formula can mean.
    confidence = (exact * 1_000).rounded() / 1_000
    self.milliseconds = milliseconds
    self.expense = expense
    self.attempts = attempts
  }

  /// The offline Alessio's answer.
  init(
    offline question: ChatStore.Question, ground: ChatStore.Ground, milliseconds: Int, expense: Expense,
    attempts: [ProviderAttempt], skipped: [SkippedRoute]
  ) {
    let advice = Answer(
      text: OfflineAdvice.advice(topic: question.topic, message: question.text), finish: .fallback)
    self.init(
      advice, from: ChatReply.offlineModel, question: question, ground: ground, milliseconds: milliseconds,
      expense: expense, attempts: attempts)
    self.skipped = skipped
  }

  /// The beginning of an answer that found no end.
  init(
    partial live: LiveAnswer, _ reason: Event.PartialReason, from model: String, question: ChatStore.Question,
    ground: ChatStore.Ground, milliseconds: Int, expense: Expense, attempts: [ProviderAttempt]
  ) {
    self.question = question
    self.ground = ground
    answer = Answer(text: live.text, finish: .truncated, modelVersion: live.modelVersion, usage: live.usage)
    self.model = model
    confidence = nil
    self.milliseconds = milliseconds
    self.expense = expense
    self.attempts = attempts
    partial = reason
    // Only of a stream anything was seen.
    isStreamed = true
  }

  /// An answer that the same question got before.
  init(
    _ cached: ChatStore.CachedAnswer, question: ChatStore.Question, ground: ChatStore.Ground, milliseconds: Int
  ) {
    self.question = question
    self.ground = ground
    answer = Answer(text: cached.text, finish: cached.finish, modelVersion: cached.model)
    model = cached.model + ChatReply.cacheMark
    cachedModel = cached.model
    confidence = cached.confidence
    self.milliseconds = milliseconds
    isCached = true
  }

  /// The same, as it went out in pieces.
  func streamed(_ isStreamed: Bool) -> ChatReply {
    var reply = self
    reply.isStreamed = isStreamed
    return reply
  }

  private static func shownText(_ answer: Answer, _ question: ChatStore.Question) -> String {
    let text =
      switch answer.finish {
      case .complete, .fallback: answer.text
      case .truncated: AnswerReview.tidyTruncated(answer.text)
      case .blocked:
        BlockedAdvice.text(
          block: answer.block, topic: question.topic, english: TextLanguage.of(question.text) == .english)
      }
    guard question.isDistressed else { return text }
    return Distress.answer(
      answer.finish == .complete || answer.finish == .truncated ? text : nil, message: question.text)
  }

  /// The answer as the cache keeps it; nil of one that found no end.
  var cacheable: ChatStore.CachedAnswer? {
    confidence.map {
      ChatStore.CachedAnswer(
        text: answer.text, model: model, confidence: $0, topic: question.topic, finish: answer.finish)
    }
  }

  /// Whether less was to be had than usual: no model, or no database and so nothing of what was said before.
  var isDegraded: Bool { answer.finish == .fallback || ground.isWithoutDatabase }

  private var suggestions: [String] {
    question.isDistressed
      ? Suggestions.distress
      : Suggestions.suggestions(
        topic: question.topic, specialisation: question.specialisation, turn: ground.turnCount)
  }

  /// ChatResponse of the API.
  var document: ChatDocument {
    let object: JSONObject = [
      "response": answer.text, "confidence": confidence, "model_used": model, "topic": question.topic.rawValue,
      "suggestions": suggestions,
      "session_id": question.conversation, "message_id": question.turn, "processing_time_ms": milliseconds,
      "finish": answer.finish.rawValue, "degraded": isDegraded,
    ]
    return ChatDocument(
      object, response: answer.text, model: model, topic: question.topic.rawValue,
      conversation: question.conversation, turn: question.turn)
  }
}

extension Answer {
  fileprivate func replacingText(_ text: String) -> Answer {
    Answer(
      text: text, finish: finish, modelVersion: modelVersion, usage: usage,
      averageLogProbability: averageLogProbability, concern: concern, block: block)
  }
}
