import IrisDomain

/// `internal/users`: what the unified backend says of its users.
enum InternalUsersEndpoint {
  /// `PUT /api/v1/internal/users/{external_id}`
  static func put(_ call: Call) throws -> Response { throw Problem(.unavailable) }
}
