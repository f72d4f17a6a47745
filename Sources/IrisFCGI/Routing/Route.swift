import IrisDomain

/// One row of the route table.
struct Route: Sendable {
  /// Who may call it.
  enum Access: Sendable {
    case open
    /// A good access token; whether its session lives is the endpoint's first question to the database.
    case account
    /// A good service token of the unified backend; no user's token will do.
    case service
  }

  /// What body it takes.
  enum Body: Sendable {
    case none
    /// A JSON object of at most so many bytes.
    case object(limit: Int)
    /// The same, or nothing at all.
    case optionalObject(limit: Int)

    var limit: Int? {
      switch self {
      case .none: nil
      case .object(let limit), .optionalObject(let limit): limit
      }
    }
  }

  static let usualLimit = 65_536

  let method: String
  /// The path as the table and the log have it: literal, or a pattern with one parameter (`PathPattern`).
  let path: String
  /// What may stand in the place of the path's parameter.
  let parameter: PathPattern.Rule
  let access: Access
  let body: Body
  /// Whether its answer may be kept; everything else says `no-store`.
  let cacheControl: String
  let isLogged: Bool
  let handle: @Sendable (Call) throws -> Response

  init(
    _ method: String, _ path: String, parameter: PathPattern.Rule = .name, access: Access = .open, body: Body = .none,
    cacheControl: String = "no-store", isLogged: Bool = true, handle: @escaping @Sendable (Call) throws -> Response
  ) {
    self.method = method
    self.path = path
    self.parameter = parameter
    self.access = access
    self.body = body
    self.cacheControl = cacheControl
    self.isLogged = isLogged
    self.handle = handle
  }

  /// Every route.
  static let table: [Route] = [
    Route("GET", "/health/live", isLogged: false, handle: HealthEndpoint.live),
    Route("GET", "/health", handle: HealthEndpoint.health),
    Route("GET", "/metrics", isLogged: false, handle: MetricsEndpoint.show),
    Route("GET", "/api/v1/topics", cacheControl: "public, max-age=300", handle: TopicsEndpoint.list),
    Route(
      "POST", "/api/v1/auth/register", body: .object(limit: usualLimit), handle: AuthenticationEndpoint.register),
    Route("POST", "/api/v1/auth/login", body: .object(limit: usualLimit), handle: AuthenticationEndpoint.login),
    Route("POST", "/api/v1/auth/refresh", body: .object(limit: usualLimit), handle: SessionEndpoint.refresh),
    Route(
      "POST", "/api/v1/auth/logout", access: .account, body: .optionalObject(limit: usualLimit),
      handle: SessionEndpoint.logout),
    Route("GET", "/api/v1/auth/sessions", access: .account, handle: SessionListEndpoint.list),
    Route("DELETE", "/api/v1/auth/sessions/{id}", access: .account, handle: SessionListEndpoint.end),
    Route(
      "POST", "/api/v1/auth/password", access: .account, body: .object(limit: usualLimit),
      handle: PasswordEndpoint.change),
    Route(
      "POST", "/api/v1/auth/password/forgot", body: .object(limit: usualLimit), handle: PasswordEndpoint.forgot),
    Route("POST", "/api/v1/auth/password/reset", body: .object(limit: usualLimit), handle: PasswordEndpoint.reset),
    Route("GET", "/api/v1/user/me", access: .account, handle: ProfileEndpoint.show),
    Route(
      "PATCH", "/api/v1/user/me", access: .account, body: .object(limit: usualLimit), handle: ProfileEndpoint.change),
    Route(
      "DELETE", "/api/v1/user/me", access: .account, body: .optionalObject(limit: usualLimit),
      handle: PrivacyEndpoint.erase),
    Route("GET", "/api/v1/user/export", access: .account, handle: PrivacyEndpoint.export),
    Route("GET", "/api/v1/user/analytics", access: .account, handle: UserAnalyticsEndpoint.show),
    Route("GET", "/api/v1/metrics", cacheControl: "public, max-age=60", handle: PublicMetricsEndpoint.show),
    Route(
      "PUT", "/api/v1/user/context/{app}", access: .account, body: .object(limit: ContextRules.largestBody),
      handle: ContextEndpoint.put),
    Route("GET", "/api/v1/user/context/{app}", access: .account, handle: ContextEndpoint.show),
    Route("DELETE", "/api/v1/user/context/{app}", access: .account, handle: ContextEndpoint.delete),
    Route("POST", "/api/v1/chat", access: .account, body: .object(limit: usualLimit), handle: ChatEndpoint.post),
    Route("GET", "/api/v1/chat/sessions", access: .account, handle: ConversationsEndpoint.list),
    Route("GET", "/api/v1/chat/sessions/{id}", access: .account, handle: ConversationsEndpoint.show),
    Route("DELETE", "/api/v1/chat/sessions/{id}", access: .account, handle: ConversationsEndpoint.delete),
    Route(
      "PUT", "/api/v1/chat/messages/{id}/feedback", access: .account, body: .object(limit: usualLimit),
      handle: FeedbackEndpoint.put),
    Route(
      "PUT", "/api/v1/internal/users/{external_id}", parameter: .subject, access: .service,
      body: .object(limit: usualLimit), handle: InternalUsersEndpoint.put),
  ]

  /// The largest body that any route takes; longer ones are not even read.
  static let largestBody = table.compactMap(\.body.limit).max() ?? 0

  /// The routes of one path, and what stands in the parameter's place there.
  struct Match {
    let routes: [Route]
    /// Empty where the path has no parameter.
    let parameter: String
  }

  /// Looks a path up; literal paths first, which most are. Nil: there is nothing.
  static func match(_ path: String) -> Match? {
    if let routes = literals[path] { return Match(routes: routes, parameter: "") }
    for (pattern, routes) in patterns {
      if let parameter = pattern.parameter(of: path) { return Match(routes: routes, parameter: parameter) }
    }
    return nil
  }

  private static let byPath = Dictionary(grouping: table, by: \.path)
  private static let literals = byPath.filter { PathPattern($0.key).isLiteral }
  /// The routes of one path have one rule.
  private static let patterns = byPath.map { (PathPattern($0.key, $0.value[0].parameter), $0.value) }
    .filter { !$0.0.isLiteral }
}
