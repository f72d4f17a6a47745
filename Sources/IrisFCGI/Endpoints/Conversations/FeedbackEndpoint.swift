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
    // It names no conversation, which nobody needs for counting. The rating before is known to the database alone.
    let event = try call.services.pseudonyms.row(
      .feedback(rating: rating, previous: nil, hasComment: kept != nil), user: claims.sub)
    let feedback = FeedbackStore.Feedback(
      message: Identifier.canonicalUUID(call.parameter), rating: rating, comment: kept, event: JSONBytes(event).text)
    try call.granted(try call.services.feedback.put(feedback, for: claims))
    return .empty
  }
}
