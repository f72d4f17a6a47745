/// A topic that this release does not know.
struct UnknownTopic: Error {}

extension Services {
  /// What a notice's mail says. A new topic has its case here.
  /// - Returns: nil when there is nothing to tell any more.
  func mail(for notice: OutboxStore.Claim) throws -> MailMessage? {
    guard case .object(let payload) = try StrictJSON.parse(Array(notice.payload.utf8)) else { throw UnknownTopic() }
    switch notice.topic {
    case PasswordForgotten.topic: return try PasswordForgotten.prepare(id: notice.id, payload: payload, self)
    case PasswordChanged.topic:
      return try notice.user.flatMap { try PasswordChanged.prepare(user: $0, payload: payload, self) }
    default: throw UnknownTopic()
    }
  }
}
