/// What a well-signed token was made for. Issuers sign much with one key: ID tokens, logout notices, keys of an API, links
/// in mails (RFC 8725 §2.8, §3.11, §3.12). Only an access token opens anything here.
package struct TokenPurpose: Equatable, Sendable {
  /// The claims by which issuers name a token's kind, those that are there: `typ` (Keycloak), `token_use` (Amazon
  /// Cognito), `token_type`.
  package var kinds: [String]
  /// Whether the header's `typ` says `at+jwt` (RFC 9068 §2.1).
  package var isDeclaredAccess: Bool
  /// Supabase Auth's `role`.
  package var role: String?
  /// `at_hash` or `c_hash`, which stand in ID tokens only (OpenID Connect Core §3.3.2.11).
  package var hasHash: Bool
  /// `nonce`, which stands in ID tokens, but also in access tokens of older Keycloaks, which say that they are such.
  package var hasNonce: Bool
  /// `events`: a security event or logout token (RFC 8417 §2.2).
  package var hasEvents: Bool
  /// `cnf`: good only with the proof of a key that nobody asks for here (RFC 7800, RFC 9449).
  package var isBound: Bool

  package init(
    kinds: [String] = [], isDeclaredAccess: Bool = false, role: String? = nil, hasHash: Bool = false,
    hasNonce: Bool = false, hasEvents: Bool = false, isBound: Bool = false
  ) {
    self.kinds = kinds
    self.isDeclaredAccess = isDeclaredAccess
    self.role = role
    self.hasHash = hasHash
    self.hasNonce = hasNonce
    self.hasEvents = hasEvents
    self.isBound = isBound
  }

  private static let accessKinds: Set<String> = ["access", "access_token", "at+jwt", "bearer", "jwt"]
  /// Of Supabase's keys for a whole project, which stand for no user.
  private static let projectRoles: Set<String> = ["anon", "service_role", "supabase_admin"]

  /// Whether it opens something. A kind that nobody here knows is no access token, also a recovery link's.
  package var isAccess: Bool {
    guard kinds.allSatisfy({ TokenPurpose.accessKinds.contains($0.lowercased()) }) else { return false }
    guard !hasHash, !hasEvents, !isBound, !(role.map(TokenPurpose.projectRoles.contains) ?? false) else { return false }
    return !hasNonce || isDeclaredAccess || kinds.contains { $0.lowercased() != "jwt" }
  }
}
