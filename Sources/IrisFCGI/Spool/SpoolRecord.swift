/// One thing that the database must be told when it is back. Ids and times were given when it happened, so that telling it
/// twice does nothing the second time.
enum SpoolRecord: Sendable {
  /// A turn that was answered: what `ChatStore.finish` takes.
  case turn(ChatStore.Question, ChatStore.Completion)
  /// What `ChatStore.record` takes: JSON arrays, and micro-units.
  case happenings(events: String, errors: String, alerts: String, spend: Int)

  /// The kinds, by the words that stand in files and logs.
  enum Kind: String, Sendable {
    case turn, happenings
  }

  var kind: Kind {
    switch self {
    case .turn: .turn
    case .happenings: .happenings
    }
  }

  /// In which order records are brought to the database: turns that begin a conversation first, so that it is its owner's
  /// whoever else names it.
  var rank: Int {
    if case .turn(let question, _) = self, question.isNewConversation { return 1 }
    return 2
  }

  /// The names of the parameters of `iris.finish_chat`, in their order.
  static let turnFields = [
    "user", "conversation", "turn", "question_id", "question", "topic", "answer", "status", "charge", "free_blocks",
    "tier", "time_zone", "model", "confidence", "response_ms", "tokens_in", "tokens_out", "tokens_cached",
    "tokens_thought", "events", "errors", "tokens_estimated", "cost_micro", "spend", "alerts", "key", "body_hash",
    "document", "usage", "keep_seconds",
  ]

  /// The JSON of a record: one flat object of texts, so that no number loses digits and no depth counts.
  /// - Parameter id: a new UUIDv7 of now, by which happenings are told apart.
  func json(id: String, timeZone: String) -> [UInt8] {
    var object: JSONObject = ["kind": kind.rawValue, "id": id]
    switch self {
    case .turn(let question, let done):
      let values = ChatStore.finishParameters(question, done, timeZone: timeZone)
      for (name, value) in zip(SpoolRecord.turnFields, values) { object.add(name, value) }
    case .happenings(let events, let errors, let alerts, let spend):
      object.add("events", events)
      object.add("errors", errors)
      object.add("alerts", alerts)
      object.add("spend", String(spend))
      object.add("time_zone", timeZone)
    }
    return JSONBytes(object).bytes
  }
}

/// A record as it was read again: what a replay must know of it beside its text.
struct SpooledRecord: Sendable {
  let kind: SpoolRecord.Kind
  /// The JSON as it stands in the file.
  let text: String
  /// Of a turn.
  let turn: Turn?

  struct Turn: Sendable {
    let id: String
    let user: String
    /// Which one its user named.
    let conversation: String
    let questionID: String
    let isCharged: Bool
    /// The request's idempotency key.
    let key: String?
  }

  /// - Returns: nil for what no version of this program wrote.
  init?(_ payload: ArraySlice<UInt8>) {
    guard let members = StrictJSON.members(of: payload),
      let kind = members["kind"]?.text.flatMap(SpoolRecord.Kind.init)
    else { return nil }
    self.kind = kind
    text = String(decoding: payload, as: UTF8.self)
    switch kind {
    case .turn:
      guard let user = members["user"]?.text, let conversation = members["conversation"]?.text,
        let id = members["turn"]?.text, let questionID = members["question_id"]?.text
      else { return nil }
      turn = Turn(
        id: id, user: user, conversation: conversation, questionID: questionID,
        isCharged: members["charge"]?.text != ChatStore.Completion.Charge.no.rawValue, key: members["key"]?.text)
    case .happenings: turn = nil
    }
  }
}
