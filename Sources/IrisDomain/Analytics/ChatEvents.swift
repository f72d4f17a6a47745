/// The measurable side of a message that was let through.
package struct ChatQuestion: Sendable {
  package var tier: Tier
  package var topic: Topic
  /// Length in Unicode scalars.
  package var scalars: Int
  /// How many turns the conversation had before.
  package var turn: Int
  /// The prompt holds what another app stored.
  package var usesAppContext: Bool
  /// The app that the request named; nil: none.
  package var app: App?
  /// `Injection.isSuspected` in the message, the profile or the shared context.
  package var isInjectionSuspected: Bool

  /// The apps that we know of. Any other name is the client's own word, which no event repeats.
  package enum App: String, CaseIterable, Sendable {
    case cv, letters, other

    package init(name: String) { self = App(rawValue: name) ?? .other }
  }

  package init(
    tier: Tier, topic: Topic, scalars: Int, turn: Int, usesAppContext: Bool = false, app: App? = nil,
    isInjectionSuspected: Bool = false
  ) {
    self.tier = tier
    self.topic = topic
    self.scalars = scalars
    self.turn = turn
    self.usesAppContext = usesAppContext
    self.app = app
    self.isInjectionSuspected = isInjectionSuspected
  }

  var metadata: [String: EventValue] {
    known([
      "tier": .text(tier.rawValue), "topic": .text(topic.rawValue), "length": .number(scalars), "turn": .number(turn),
      "app_context": .flag(usesAppContext), "app": app.map { .text($0.rawValue) },
      "injection_suspected": .flag(isInjectionSuspected),
    ])
  }
}

/// The measurable side of an answered chat.
package struct ChatOutcome: Sendable {
  package var topic: Topic
  package var finish: Answer.Finish
  package var model: String
  /// Nil where the answer found no end.
  package var confidence: Double?
  package var milliseconds: Int
  package var usage: TokenUsage
  /// The stream ended before the answer did, so `finish` is none of the four: it is counted as `partial`.
  package var isPartial: Bool
  /// What the call cost, `Cost`; nil when unknown or when the model has no price.
  package var cost: MicroUnits?
  /// Served from the answer cache.
  package var isCached: Bool
  package var isStreamed: Bool
  /// Answered without the database: no history, no profile.
  package var isDegraded: Bool
  /// Our estimate of the prompt's tokens, beside the provider's count.
  package var tokensEstimated: Int?
  /// Why the answer was withheld.
  package var block: Block?

  /// An amount of money in millionths of a currency (ISO 4217).
  package struct MicroUnits: Equatable, Sendable {
    package var amount: Int
    package var currency: String

    package init(_ amount: Int, _ currency: String) {
      self.amount = amount
      self.currency = currency
    }
  }

  package init(
    topic: Topic, finish: Answer.Finish, model: String, confidence: Double?, milliseconds: Int, usage: TokenUsage,
    isPartial: Bool = false, cost: MicroUnits? = nil, isCached: Bool = false,
    isStreamed: Bool = false, isDegraded: Bool = false, tokensEstimated: Int? = nil, block: Block? = nil
  ) {
    self.topic = topic
    self.finish = finish
    self.model = model
    self.confidence = confidence
    self.milliseconds = milliseconds
    self.usage = usage
    self.isPartial = isPartial
    self.cost = cost
    self.isCached = isCached
    self.isStreamed = isStreamed
    self.isDegraded = isDegraded
    self.tokensEstimated = tokensEstimated
    self.block = block
  }

  var metadata: [String: EventValue] {
    var values: [String: EventValue] = [
      "topic": .text(topic.rawValue), "finish": .text(isPartial ? "partial" : finish.rawValue), "model": .text(model),
      "response_time_ms": .number(milliseconds), "cached": .flag(isCached), "streamed": .flag(isStreamed),
      "degraded": .flag(isDegraded),
    ]
    values["confidence"] = confidence.map(EventValue.decimal)
    values["tokens_estimated"] = tokensEstimated.map(EventValue.number)
    values.add(usage)
    values.add(cost)
    if let block {
      values["block_stage"] = .text(block.stage.rawValue)
      values["block_reason"] = .text(block.reason.rawValue)
    }
    return values
  }
}

/// The measurable side of a new summary.
package struct SummaryOutcome: Sendable {
  /// Turns folded into it.
  package var turns: Int
  package var model: String
  package var usage: TokenUsage
  package var cost: ChatOutcome.MicroUnits?

  package init(turns: Int, model: String, usage: TokenUsage, cost: ChatOutcome.MicroUnits?) {
    self.turns = turns
    self.model = model
    self.usage = usage
    self.cost = cost
  }

  var metadata: [String: EventValue] {
    var values: [String: EventValue] = ["turns": .number(turns), "model": .text(model)]
    values.add(usage)
    values.add(cost)
    return values
  }
}

extension [String: EventValue] {
  fileprivate mutating func add(_ usage: TokenUsage) {
    self["tokens_in"] = usage.prompt.map(EventValue.number)
    self["tokens_out"] = usage.candidates.map(EventValue.number)
    self["tokens_cached"] = usage.cached.map(EventValue.number)
    self["tokens_thought"] = usage.thoughts.map(EventValue.number)
  }

  fileprivate mutating func add(_ cost: ChatOutcome.MicroUnits?) {
    self["cost_micro"] = cost.map { .number($0.amount) }
    self["currency"] = cost.map { .text($0.currency) }
  }
}
