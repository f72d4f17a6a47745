/// An error as a client sees it: RFC 9457 `application/problem+json` with a stable `code`.
///
/// It says what the client can do, never how we are built: no SQL, path, host name or key.
struct Problem: Error, Equatable, Sendable {
  let kind: Kind
  /// Says more than the kind's own sentence, where there is more to say.
  var detail: LocalizedText?
  var fieldErrors: [FieldError] = []
  /// Seconds for `Retry-After`.
  var retryAfter: Int?
  var loginURL: String?
  var upgradeURL: String?
  /// Further fields of the answer: `Allow`, the RateLimit fields.
  var fields: [Response.Field] = []

  init(_ kind: Kind, detail: LocalizedText? = nil) {
    self.kind = kind
    self.detail = detail
    retryAfter = kind == .unavailable ? 2 : nil
  }

  /// One member of the body that is not as it must be.
  struct FieldError: Equatable, Sendable {
    /// JSON Pointer (RFC 6901).
    let pointer: String
    let code: String
    let detail: LocalizedText
  }

  /// The stable machine names.
  enum Kind: String, CaseIterable, Sendable {
    case invalidJSON = "invalid_json"
    case bodyCut = "incomplete_body"
    case missingToken = "missing_token"
    case invalidToken = "invalid_token"
    case expiredToken = "expired_token"
    case sessionRevoked = "session_revoked"
    case invalidCredentials = "invalid_credentials"
    case forbidden
    case accountDisabled = "account_disabled"
    case premiumRequired = "premium_required"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case emailTaken = "email_taken"
    case inProgress = "in_progress"
    case bodyTooLarge = "body_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case validationFailed = "validation_failed"
    case idempotencyMismatch = "idempotency_mismatch"
    case rateLimited = "rate_limited"
    case dailyQuotaExceeded = "daily_quota_exceeded"
    case loginThrottled = "login_throttled"
    case internalError = "internal_error"
    case upstreamFailed = "upstream_failed"
    case unavailable
  }

  /// The body of the answer.
  private struct Document: Encodable {
    let type = "about:blank"
    let title: String
    let status: Int
    let detail: String
    let instance: String
    let code: String
    let errors: [Member]?
    let loginUrl: String?
    let upgradeUrl: String?

    struct Member: Encodable {
      let pointer: String
      let code: String
      let detail: String
    }
  }

  /// The answer in the client's language.
  func response(to request: Request) -> Response {
    let language = request.language
    let document = Document(
      title: kind.title[language], status: kind.status, detail: (detail ?? kind.detail)[language],
      instance: request.id, code: kind.rawValue,
      errors: fieldErrors.isEmpty
        ? nil
        : fieldErrors.map { Document.Member(pointer: $0.pointer, code: $0.code, detail: $0.detail[language]) },
      loginUrl: loginURL, upgradeUrl: upgradeURL)
    var response = Response(status: kind.status, body: (try? JSON.encode(document)) ?? [])
    response.code = kind.rawValue
    response.add("Content-Type", "application/problem+json")
    response.add("Content-Language", language.tag)
    if let challenge = kind.challenge { response.add("WWW-Authenticate", challenge) }
    if let retryAfter { response.add("Retry-After", String(retryAfter)) }
    response.fields += fields
    return response
  }
}

extension Problem.Kind {
  var status: Int {
    switch self {
    case .invalidJSON, .bodyCut: 400
    case .missingToken, .invalidToken, .expiredToken, .sessionRevoked, .invalidCredentials: 401
    case .forbidden, .accountDisabled, .premiumRequired: 403
    case .notFound: 404
    case .methodNotAllowed: 405
    case .emailTaken, .inProgress: 409
    case .bodyTooLarge: 413
    case .unsupportedMediaType: 415
    case .validationFailed, .idempotencyMismatch: 422
    case .rateLimited, .dailyQuotaExceeded, .loginThrottled: 429
    case .internalError: 500
    case .upstreamFailed: 502
    case .unavailable: 503
    }
  }

  /// `WWW-Authenticate` (RFC 6750 §3): without an error code where no token was sent.
  var challenge: String? {
    switch self {
    case .missingToken, .invalidCredentials: "Bearer realm=\"iris\""
    case .invalidToken, .expiredToken, .sessionRevoked: "Bearer realm=\"iris\", error=\"invalid_token\""
    default: nil
    }
  }
}
