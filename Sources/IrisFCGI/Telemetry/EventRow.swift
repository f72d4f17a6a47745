import IrisDomain

extension Pseudonyms {
  /// A row for `iris_events`.
  /// - Parameters:
  ///   - user: the account's id; nil for what is nobody's.
  ///   - conversation: the conversation's public id.
  func row(_ event: Event, user: String? = nil, conversation: String? = nil) throws -> JSONObject {
    [
      "id": try Call.newID(), "user_id": user.flatMap { self.user($0) }, "event_type": event.type,
      "metadata": JSONObject(event.metadata), "session_id": conversation.flatMap { self.conversation($0) },
    ]
  }
}

extension EventValue: JSONWritable {
  func write(to json: inout JSONBytes) {
    switch self {
    case .text(let value): value.write(to: &json)
    case .number(let value): value.write(to: &json)
    case .decimal(let value): value.write(to: &json)
    case .flag(let value): value.write(to: &json)
    case .list(let values): values.write(to: &json)
    }
  }
}
