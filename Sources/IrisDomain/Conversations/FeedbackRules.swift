/// What a user may say about an answer.
package enum FeedbackRules {
  /// From "of no use" to "just what I needed".
  package static let rating = 1...5
  /// In Unicode scalars; an empty comment is none.
  package static let commentLength = 0...1_000
}
