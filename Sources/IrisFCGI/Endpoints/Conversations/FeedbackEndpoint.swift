import IrisDomain
import IrisSystem

/// `PUT /api/v1/chat/messages/{id}/feedback`: how good an answer was; the last word counts.
enum FeedbackEndpoint {
  static func put(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let rating = fields.integer("rating", in: FeedbackRules.rating, optional: false)
    let comment = fields.text("comment", length: FeedbackRules.commentLength, optional: true)
    try fields.finish()
    guard let rating else { throw Problem(.validationFailed) }
    let kept = comment.flatMap { $0.isEmpty ? nil : $0 }
    let claims = try call.claims()
    let feedback = FeedbackStore.Feedback(
      message: Identifier.canonicalUUID(call.parameter), rating: rating, comment: kept,
      event: JSONBytes(try row(of: .feedback(rating: rating, hasComment: kept != nil), call, claims)).text)
    try call.granted(try call.services.feedback.put(feedback, for: claims))
    return .empty
  }

  /// The row for `iris_events`. It names no conversation, which nobody needs for counting.
  private static func row(of event: Event, _ call: Call, _ claims: Claims) throws -> JSONObject {
    [
      "id": try Call.newID(), "user_id": call.services.pseudonyms.user(claims.sub), "event_type": event.type,
      "metadata": JSONObject(event.metadata),
    ]
  }
}
