import IrisDomain

/// `auth/password`: a new password, with the present one or with the token of a mail.
enum PasswordEndpoint {
  /// `POST /api/v1/auth/password`
  static func change(_ call: Call) throws -> Response { throw Problem(.unavailable) }

  /// `POST /api/v1/auth/password/forgot`
  static func forgot(_ call: Call) throws -> Response { throw Problem(.unavailable) }

  /// `POST /api/v1/auth/password/reset`
  static func reset(_ call: Call) throws -> Response { throw Problem(.unavailable) }
}
