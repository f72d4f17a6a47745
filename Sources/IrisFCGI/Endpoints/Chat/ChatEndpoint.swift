import IrisDomain
import IrisSystem

/// `POST /api/v1/chat`: one question to Alessio and his answer, whole or as it is written.
enum ChatEndpoint {
  /// Seconds after which it makes sense to ask again for an answer that is being written.
  private static let shortestRetry = 5

  /// The way of a chat: SQL call 1 asks everything at once, the model answers, SQL call 2 keeps everything at once. While
  /// there is no database, the host's own counts stand in for the first, and the spool for the second.
  static func post(_ call: Call) throws -> Response {
    let start = Clock.monotonicMicroseconds
    let question = try ChatRequest.question(call)
    do {
      return try answer(question, call, start: start)
    } catch let problem as Problem {
      throw problem.helping(question.text)
    } catch StoreError.unavailable {
      throw call.problem(.unavailable).helping(question.text)
    }
  }

  private static func answer(_ question: ChatStore.Question, _ call: Call, start: Int64) throws -> Response {
    switch try ChatAdmission(call: call, question: question).begin() {
    case .reserved(let ground):
      if question.cacheKey != nil, ground.permitsSharing { _ = call.services.scoreboard.cacheLookups.increment() }
      return try ChatTurn(call: call, question: question, ground: ground, start: start).run()
    case .cached(let cached, let ground):
      _ = call.services.scoreboard.cacheLookups.increment()
      _ = call.services.scoreboard.cacheHits.increment()
      return try ChatTurn(call: call, question: question, ground: ground, start: start).run(cached: cached)
    case .replayed(let stored): return try replay(call, question, stored)
    case .inProgress(_, _, let retryAfter):
      var problem = call.problem(.inProgress)
      // Answers take seconds; its reservation, after which nobody works on it any more, lasts much longer.
      problem.retryAfter = min(retryAfter, shortestRetry)
      throw problem
    case .mismatched: throw call.problem(.idempotencyMismatch)
    case .limited(let kind, let tier, let quota, let retryAfter):
      if kind == .dailyQuotaExceeded { call.tellQuotaReached(user: question.user, quota) }
      call.services.trace.tier = tier
      call.services.tellRefusal(kind, tier: tier, of: question.user, quota: quota, requestID: call.request.id)
      throw QuotaProblem.make(kind, tier: tier, quota: quota, retryAfter: retryAfter, call.configuration)
    case .refused(.notFound):
      throw call.problem(
        .notFound,
        detail: LocalizedText(
          "Cette conversation n'existe pas, ou plus ; sans « session_id », une nouvelle commence.",
          en: "There is no such conversation, or no longer; without session_id a new one begins."))
    case .refused(let kind): throw call.problem(kind)
    }
  }

  /// The answer that the same request got before.
  private static func replay(
    _ call: Call, _ question: ChatStore.Question, _ stored: ChatStore.StoredAnswer
  ) throws -> Response {
    guard let document = ChatDocument(stored: stored.document) else { throw StoreError.unavailable }
    let services = call.services
    services.trace.answered = .replayed
    let event = try services.pseudonyms.row(
      .chatReplayed(topic: question.topic), user: question.user, conversation: document.conversation)
    services.afterwards(canBeSkipped: true) {
      services.happened(events: JSONBytes([event]).text, requestID: call.request.id)
    }
    let place = ChatDelivery.Place(conversation: document.conversation, turn: document.turn, topic: document.topic)
    return ChatDelivery(call, place, quota: stored.usage, isReplayed: true).finish(document, quota: stored.usage)
  }
}
