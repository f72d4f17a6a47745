/// How long what was answered is kept for those who ask again.
package enum IdempotencyRules {
  /// A repeat with the same `Idempotency-Key` gets the same answer for so long.
  package static let keepSeconds = 86_400
}

/// The cache of impersonal first answers.
package enum AnswerCacheRules {
  package static let ttlSeconds = 86_400
  package static let maximumRows = 10_000
}
