/// One thing that the database must be told when it is back. Ids and times were given when it happened, so that telling it
/// twice does nothing the second time.
enum SpoolRecord: Sendable {
  /// A turn that was answered: what `ChatStore.finish` takes.
  case turn(ChatStore.Question, ChatStore.Completion)
  /// What `ChatStore.record` takes: JSON arrays, and micro-units.
  case happenings(events: String, errors: String, alerts: String, spend: Int)
}
