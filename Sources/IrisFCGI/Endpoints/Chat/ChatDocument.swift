import IrisDomain

/// ChatResponse of the API without its `usage`, which is known last: what is stored for a repeat of the same request.
struct ChatDocument: Equatable, Sendable {
  /// The object's JSON text. `usage` is put in before its closing brace, so that a repeat is the same to the byte.
  let text: String
  /// The members that a stream tells first.
  let response: String
  let model: String
  let topic: String
  let conversation: String
  let turn: String

  /// - Parameter object: the members in the order in which the API shows them.
  init(
    _ object: JSONObject, response: String, model: String, topic: String, conversation: String, turn: String
  ) {
    text = JSONBytes(object).text
    self.response = response
    self.model = model
    self.topic = topic
    self.conversation = conversation
    self.turn = turn
  }

  /// Reads what was stored; nil when it is no such document.
  init?(stored text: String) {
    guard let members = StrictJSON.members(of: text.utf8), text.hasSuffix("}"),
      let response = members["response"]?.text, let model = members["model_used"]?.text,
      let topic = members["topic"]?.text, let conversation = members["session_id"]?.text,
      let turn = members["message_id"]?.text
    else { return nil }
    self.text = text
    self.response = response
    self.model = model
    self.topic = topic
    self.conversation = conversation
    self.turn = turn
  }

  /// The whole ChatResponse. Absent limits are null: the member is always there.
  func whole(_ quota: QuotaState) -> WrittenJSON {
    let usage: JSONObject = [
      "daily_used": quota.dayUsed, "daily_limit": quota.dayLimit, "daily_remaining": quota.dayRemaining,
      "minute_remaining": quota.minuteRemaining, "resets_at": quota.resetsAt,
    ]
    return WrittenJSON(text: "\(text.dropLast()),\"usage\":\(JSONBytes(usage).text)}")
  }
}
