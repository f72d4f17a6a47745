import IrisDomain
import IrisSystem

/// `chat/sessions`: the user's conversations, to find, read again and delete.
enum ConversationsEndpoint {
  /// `GET /api/v1/chat/sessions`: those with the newest activity first.
  static func list(_ call: Call) throws -> Response {
    let request = try page(call, of: "conversations")
    let page = try call.granted(try call.services.conversations.page(request, for: call.claims()))
    let answer: JSONObject = [
      "items": page.items.map(document(of:)), "next_cursor": page.next?.text(of: "conversations"),
    ]
    return .json(answer)
  }

  /// `GET /api/v1/chat/sessions/{id}`: the newest page first, which is where a reader goes on; within a page the messages
  /// stand as they were said.
  static func show(_ call: Call) throws -> Response {
    let request = try page(call, of: "messages")
    let (summary, page) = try call.granted(
      try call.services.conversations.messages(of: id(call), request, for: call.claims()))
    var answer = document(of: summary)
    answer.add("messages", page.items.reversed().map(document(of:)))
    answer.add("next_cursor", page.next?.text(of: "messages"))
    return .json(answer)
  }

  /// `DELETE /api/v1/chat/sessions/{id}`
  static func delete(_ call: Call) throws -> Response {
    try call.granted(try call.services.conversations.delete(id(call), for: call.claims()))
    return .empty
  }

  private static func page(_ call: Call, of list: String) throws(Problem) -> PageRequest {
    var query = QueryReader(call.request.query)
    let request = query.page(of: list)
    try query.finish()
    return request
  }

  private static func id(_ call: Call) -> String? { Identifier.canonicalUUID(call.parameter) }

  private static func document(of summary: ConversationStore.Summary) -> JSONObject {
    [
      "session_id": summary.id, "title": summary.title, "topic": summary.topic, "started_at": summary.startedAt,
      "last_message_at": summary.lastMessageAt, "message_count": summary.messageCount,
    ]
  }

  private static func document(of message: ConversationStore.Message) -> JSONObject {
    let feedback: JSONObject? = message.rating.map { ["rating": $0, "comment": message.comment] }
    // Only an answer ends, and one that broke off has not ended in any of these ways.
    let finish = message.role == .assistant ? Answer.Finish(rawValue: message.status)?.rawValue : nil
    return [
      "message_id": message.id, "turn_id": message.turn, "role": message.role.rawValue, "content": message.content,
      "created_at": message.createdAt, "status": message.status, "topic": message.topic, "model_used": message.model,
      "confidence": message.confidence, "finish": finish, "feedback": feedback,
    ]
  }
}
