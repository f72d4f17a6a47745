import IrisDomain

/// What the law gives everyone: a copy of all that is held (GDPR, articles 15 and 20), and its erasure (article 17).
enum PrivacyEndpoint {
  /// `GET /api/v1/user/export`
  static func export(_ call: Call) throws -> Response { throw Problem(.unavailable) }

  /// `DELETE /api/v1/user/me`
  static func erase(_ call: Call) throws -> Response { throw Problem(.unavailable) }
}
