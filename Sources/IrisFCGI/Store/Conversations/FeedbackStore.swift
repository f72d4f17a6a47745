import IrisDomain
import IrisSystem

/// What users say about answers.
struct FeedbackStore {
  let database: Database

  /// A user's word on one answer.
  struct Feedback: Sendable {
    /// The answer's message id; nil: one that no message can have.
    let message: String?
    let rating: Int
    let comment: String?
    /// JSON of the row for `iris_events`, stored when this says anything new.
    let event: String
  }

  /// Keeps it in the place of the one before; a repeat changes nothing.
  func put(_ feedback: Feedback, for claims: Claims) throws(StoreError) -> Granted<Void> {
    let result = try database.run(
      "SELECT iris.put_feedback($1, $2, $3, $4, $5, $6)",
      [
        claims.sub, claims.sid, feedback.message, String(feedback.rating), feedback.comment, feedback.event,
      ], repeatable: true)
    return try Granted(outcome: result.text(0)) {}
  }
}
