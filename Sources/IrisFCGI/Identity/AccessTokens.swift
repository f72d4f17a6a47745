import IrisDomain
import IrisSystem

/// Makes and checks our access tokens: JWS compact serialisation (RFC 7515 §7.1) with HS256 and nothing else.
///
/// The key decides the algorithm; nothing in a token's header chooses, fetches or names a key (RFC 8725 §3.1).
final class AccessTokens {
  /// Longer ones are not ours.
  static let maximumBytes = 4_096

  private let keys: [MessageAuthenticationKey]
  private let settings: TokenSettings
  private static let header = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))

  /// - Throws: when a secret cannot be a key.
  init(_ settings: TokenSettings) throws(MessageAuthenticationError) {
    var keys: [MessageAuthenticationKey] = []
    for secret in settings.secrets { keys.append(try MessageAuthenticationKey(secret.exposedBytes)) }
    self.keys = keys
    self.settings = settings
  }

  /// Whether tokens can be made and checked at all.
  var isConfigured: Bool { !keys.isEmpty }

  /// A token for a session, signed with the first key.
  /// - Parameter now: seconds since 1970.
  func issue(account: String, session: String, tier: Tier, now: Int64) throws -> String {
    guard let key = keys.first else { throw Problem(.unavailable) }
    let claims = Claims(
      sub: account, sid: session, tier: tier, iss: settings.issuer, aud: .one(settings.audience),
      iat: Double(now), exp: Double(now + Int64(settings.accessSeconds)),
      jti: try Random.uuidV7(milliseconds: now * 1_000))
    let signed = AccessTokens.header + "." + Base64URL.encode(JSONBytes(claims.payload).bytes)
    return signed + "." + Base64URL.encode(key.code(for: signed))
  }

  /// The claims of an `Authorization` field's token (RFC 6750 §2.1), or the problem with it. Until the signature is found
  /// good, every flaw is the same `invalid_token`.
  func claims(authorization: String?, now: Double) throws(Problem) -> Claims {
    guard isConfigured else { throw Problem(.unavailable) }
    guard let authorization, !authorization.isEmpty else { throw Problem(.missingToken) }
    guard let token = AccessTokens.bearer(authorization), token.utf8.count <= AccessTokens.maximumBytes else {
      throw Problem(.invalidToken)
    }
    let payload = try verifiedPayload(token)
    guard case .object(let members)? = try? StrictJSON.parse(payload), let claims = Claims(members) else {
      throw Problem(.invalidToken)
    }
    do throws(Claims.Refusal) {
      try claims.check(now: now, issuer: settings.issuer, audience: settings.audience)
    } catch {
      throw Problem(error == .expired ? .expiredToken : .invalidToken)
    }
    guard Identifier.isUUID(claims.sub), Identifier.isUUID(claims.sid) else { throw Problem(.invalidToken) }
    return claims
  }

  /// `Bearer`, in any case, one space or more, then the token.
  private static func bearer(_ authorization: String) -> Substring? {
    let scheme = authorization.prefix { $0 != " " }
    guard scheme.lowercased() == "bearer" else { return nil }
    let token = authorization.dropFirst(scheme.count).drop { $0 == " " }
    return token.isEmpty || token.contains(where: { $0 == " " || $0 == "," || $0 == "\t" }) ? nil : token
  }

  private func verifiedPayload(_ token: Substring) throws(Problem) -> [UInt8] {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, AccessTokens.isOurHeader(parts[0]), let signature = Base64URL.decode(parts[2]),
      signature.count == MessageAuthenticationKey.codeLength
    else { throw Problem(.invalidToken) }
    let signed = token[parts[0].startIndex..<parts[1].endIndex]
    guard keys.contains(where: { $0.isValid(signature, for: signed) }), let payload = Base64URL.decode(parts[1]) else {
      throw Problem(.invalidToken)
    }
    return payload
  }

  /// Reads a header that another signer of the same key wrote (RFC 7515 §4.1). `crit` makes any unknown extension fatal,
  /// so its mere presence does; `jku`, `jwk`, `x5u`, `x5c` and `kid` are never looked at.
  private static func isOurHeader(_ encoded: Substring) -> Bool {
    if encoded == header { return true }
    guard let bytes = Base64URL.decode(encoded), case .object(let members)? = try? StrictJSON.parse(bytes),
      members["crit"] == nil, members["b64"] == nil, members["alg"] == .string("HS256")
    else { return false }
    switch members["typ"] {
    case nil: return true
    case .string(let type): return ["jwt", "at+jwt"].contains(type.lowercased())
    default: return false
    }
  }
}
