/// Something worth counting. Metadata holds sizes, names from closed lists and milliseconds, never a user's words or ids.
package enum Event: Sendable {
  /// A message was let through.
  case chatRequest(tier: Tier, topic: Topic, scalars: Int, turn: Int)
  /// It was answered by a model.
  case chatResponse(ChatOutcome)
  /// No model could be reached; the offline Alessio answered. `reasons` are the providers' failures in order.
  case chatFallback(topic: Topic, reasons: [String])

  /// The column `event_type`.
  package var type: String {
    switch self {
    case .chatRequest: "chat_request"
    case .chatResponse: "chat_response"
    case .chatFallback: "chat_fallback"
    }
  }

  /// The column `metadata`. Unknown numbers are left out, never 0.
  package var metadata: [String: EventValue] {
    switch self {
    case .chatRequest(let tier, let topic, let scalars, let turn):
      return [
        "tier": .text(tier.rawValue), "topic": .text(topic.rawValue), "length": .number(scalars), "turn": .number(turn),
      ]
    case .chatResponse(let outcome): return outcome.metadata
    case .chatFallback(let topic, let reasons):
      return ["topic": .text(topic.rawValue), "reasons": .list(reasons)]
    }
  }
}

/// The measurable side of an answered chat.
package struct ChatOutcome: Sendable {
  package var topic: Topic
  package var finish: Answer.Finish
  package var model: String
  package var confidence: Double
  package var milliseconds: Int
  package var usage: TokenUsage

  package init(
    topic: Topic, finish: Answer.Finish, model: String, confidence: Double, milliseconds: Int, usage: TokenUsage
  ) {
    self.topic = topic
    self.finish = finish
    self.model = model
    self.confidence = confidence
    self.milliseconds = milliseconds
    self.usage = usage
  }

  fileprivate var metadata: [String: EventValue] {
    var values: [String: EventValue] = [
      "topic": .text(topic.rawValue), "finish": .text(finish.rawValue), "model": .text(model),
      "confidence": .decimal(confidence), "response_time_ms": .number(milliseconds),
    ]
    if let count = usage.prompt { values["tokens_in"] = .number(count) }
    if let count = usage.candidates { values["tokens_out"] = .number(count) }
    if let count = usage.cached { values["tokens_cached"] = .number(count) }
    if let count = usage.thoughts { values["tokens_thought"] = .number(count) }
    return values
  }
}

/// A value of an event's metadata.
package enum EventValue: Equatable, Sendable {
  case text(String)
  case number(Int)
  case decimal(Double)
  case list([String])
}
