import IrisDomain

/// `auth/sessions`: where the user is logged in.
enum SessionListEndpoint {
  /// `GET /api/v1/auth/sessions`
  static func list(_ call: Call) throws -> Response { throw Problem(.unavailable) }

  /// `DELETE /api/v1/auth/sessions/{id}`
  static func end(_ call: Call) throws -> Response { throw Problem(.unavailable) }
}
