import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// A spool of its own in a temporary folder, with records to put into it.
struct TestSpool {
  let folder: TemporaryFolder
  let scoreboard: Scoreboard
  let spool: Spool

  init(limit: Int = 1 << 24) throws {
    folder = try TemporaryFolder()
    scoreboard = .local
    spool = Spool(
      stateDirectory: folder.path, limit: limit, timeZone: "Europe/Paris", log: Log(threshold: .error),
      scoreboard: scoreboard)
  }

  /// Another worker of the same host.
  func makeWorker(limit: Int = 1 << 24) -> Spool {
    Spool(
      stateDirectory: folder.path, limit: limit, timeZone: "Europe/Paris", log: Log(threshold: .error),
      scoreboard: scoreboard)
  }

  var names: [String] { (try? Files.list(spool.folder.path)) ?? [] }

  /// All that stands in the folder.
  var text: String {
    names.map { String(decoding: (try? Files.read(spool.folder.file($0), limit: 1 << 28)) ?? [], as: UTF8.self) }
      .joined()
  }
}

extension ChatStore.Question {
  /// A question as a worker has it.
  /// - Parameter conversation: nil starts one.
  static func test(
    _ user: String, conversation: String? = nil, text: String = "Bonjour", secondsAgo: Int = 0,
    idempotency: ChatStore.Idempotency? = nil
  ) throws -> ChatStore.Question {
    // In this order, so that the answer is later than its question also where a moment passes between the two.
    let id = try TestID.make(secondsAgo: secondsAgo)
    return ChatStore.Question(
      user: user, session: try TestID.make(), conversation: try conversation ?? TestID.make(secondsAgo: secondsAgo),
      isNewConversation: conversation == nil, turn: try TestID.make(secondsAgo: secondsAgo, milliseconds: 1),
      id: id, text: text, topic: .cv, idempotency: idempotency)
  }
}

extension ChatStore.Completion {
  static func test(
    _ text: String = "Bonsoir", charge: Charge = .yes, events: String = "[]", errors: String = "[]", spend: Int? = nil,
    alerts: String? = nil, document: ChatStore.Document? = nil
  ) -> ChatStore.Completion {
    ChatStore.Completion(
      answer: Answer(
        text: text, finish: .complete,
        usage: TokenUsage(prompt: 30, cached: nil, candidates: 12, thoughts: nil, total: nil)), status: "complete",
      charge: charge, tier: .free, model: "model-1", confidence: 0.8, milliseconds: 100, events: events, errors: errors,
      spendMicro: spend, alerts: alerts, document: document)
  }
}
