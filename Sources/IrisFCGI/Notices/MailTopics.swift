/// A topic that no release before or after this one taught us.
struct UnknownTopic: Error {}

extension Services {
  /// What a notice's mail says. A new topic has its case here.
  /// - Returns: nil when there is nothing to tell any more.
  func mail(for notice: OutboxStore.Claim) throws -> MailMessage? {
    guard case .object = try StrictJSON.parse(Array(notice.payload.utf8)) else { throw UnknownTopic() }
    throw UnknownTopic()
  }
}
