import IrisDomain
import IrisSystem

/// `POST /api/v1/chat`: one question to Alessio and his answer.
enum ChatEndpoint {
  static let messageLength = 1...4_000

  /// The whole way of a chat: SQL call 1 asks everything at once, the model answers, SQL call 2 keeps everything at once.
  static func post(_ call: Call) throws -> Response {
    let start = Clock.monotonicMicroseconds
    let question = try question(call)
    let lapse = call.configuration.chat.deadlineSeconds + QuotaRules.reservationGraceSeconds
    let beginning = try call.services.chats.begin(question, limits: call.configuration.limits, lapseSeconds: lapse)
    guard case .reserved(let tier, let quota, let history, let turnCount) = beginning else {
      throw refusal(call, beginning)
    }

    let prompt = Prompt.alessio(
      question: question.text, topic: question.topic, memory: Memory(turns: history),
      budget: TokenBudget(limit: call.configuration.chat.contextTokens),
      keep: tier == .free ? QuotaRules.freeTurns : nil, maxOutputTokens: call.configuration.chat.maxOutputTokens)
    guard let result = ask(call, prompt, question, start: start) else {
      try call.services.chats.abandon(question)
      return Response(status: 499, code: "client_gone")
    }

    let reply = ChatReply(question: question, result: result, tier: tier, turn: turnCount, start: start)
    let after = keep(call, reply, quota: quota)
    var response = Response.json(reply.document(quota: after))
    response.fields += RateLimitFields.fields(for: after)
    return response
  }

  private static func question(_ call: Call) throws -> ChatStore.Question {
    var fields = FieldReader(call.members)
    let message = fields.text("message", length: messageLength, dropsControls: true)
    let conversation = fields.identifier("session_id", optional: true, canonical: Identifier.canonicalUUID)
    fields.appContext("app_context")
    try fields.finish()
    guard let message else { throw Problem(.validationFailed) }
    let claims = try call.claims()
    // The times of both follow from their ids: a millisecond apart, they sort as they were said.
    let now = Clock.realtimeMilliseconds
    return ChatStore.Question(
      user: claims.sub, session: claims.sid, conversation: try conversation ?? Call.newID(),
      isNewConversation: conversation == nil, turn: try Random.uuidV7(milliseconds: now + 1),
      id: try Random.uuidV7(milliseconds: now), text: message,
      topic: TopicClassifier.classify(message))
  }

  private static func refusal(_ call: Call, _ beginning: ChatStore.Beginning) -> Problem {
    switch beginning {
    case .limited(let kind, let tier, let quota, let retryAfter):
      QuotaProblem.make(kind, tier: tier, quota: quota, retryAfter: retryAfter, call.configuration)
    case .refused(let kind): call.problem(kind)
    case .reserved: Problem(.internalError)
    }
  }

  /// Asks the providers, then the offline Alessio.
  /// - Returns: nil when the client has left meanwhile.
  private static func ask(
    _ call: Call, _ prompt: Prompt, _ question: ChatStore.Question, start: Int64
  ) -> ChatReply.Result? {
    let deadline = start / 1_000 + Int64(call.configuration.chat.deadlineSeconds) * 1_000
    let asked = Clock.monotonicMicroseconds
    let outcome = call.services.providers.answer(
      prompt, deadline: deadline, live: LiveAnswer(client: call.request.connection))
    call.services.modelMicroseconds = Clock.monotonicMicroseconds - asked
    switch outcome {
    case .answered(let answer, let model, let attempts):
      log(call, attempts)
      call.services.scoreboard.modelFailures.store(0)
      return ChatReply.Result(given: (answer, answer.modelVersion ?? model), attempts: attempts)
    case .exhausted(let attempts), .broken(_, _, let attempts):
      log(call, attempts)
      if !attempts.isEmpty { _ = call.services.scoreboard.modelFailures.increment() }
      return ChatReply.Result(given: nil, attempts: attempts)
    case .clientGone: return nil
    }
  }

  /// Each attempt that failed is a line for the operator.
  private static func log(_ call: Call, _ attempts: [ProviderAttempt]) {
    for attempt in attempts {
      guard let failure = attempt.failure else { continue }
      call.services.log.write(
        .warning, "a model did not answer",
        [
          ("id", .text(call.request.id)), ("provider", .text(attempt.provider)), ("model", .text(attempt.model)),
          ("key_number", .number(attempt.keyNumber)), ("reason", .text(failure.logWord)),
          ("ms", .number(attempt.milliseconds)),
        ])
    }
  }

  /// SQL call 2. When the database went away after the first call, the user still gets the answer that the model gave.
  private static func keep(_ call: Call, _ reply: ChatReply, quota: QuotaState) -> QuotaState {
    var after = quota
    do {
      let done = try reply.completion(call.services.pseudonyms, requestID: call.request.id)
      let counts = try call.services.chats.finish(reply.question, done)
      (after.dayUsed, after.dayReserved) = counts
    } catch {
      call.services.log.write(
        .error, "an answered turn could not be stored; the user got the answer",
        [("id", .text(call.request.id)), ("turn", .text(reply.question.turn))])
    }
    return after
  }
}

extension FieldReader {
  /// The name of an app whose stored context the prompt may use.
  fileprivate mutating func appContext(_ name: String) {
    guard let text = verbatim(name, optional: true) else { return }
    let isName = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "_"), UInt8(ascii: "-"): true
      default: false
      }
    }
    if !isName || !(1...32).contains(text.utf8.count) {
      fail(
        name, "pattern",
        LocalizedText(
          "1 à 32 caractères parmi a-z, 0-9, _ et - sont attendus.",
          en: "1 to 32 characters of a-z, 0-9, _ and - are expected."))
    }
  }
}
