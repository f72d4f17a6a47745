import IrisDomain
import IrisSystem

/// Makes and checks our access tokens: JWS compact serialisation (RFC 7515 §7.1) with HS256 and nothing else.
final class AccessTokens {
  /// Longer ones are not ours.
  static let maximumBytes = 4_096

  private let keys: [MessageAuthenticationKey]
  private let settings: TokenSettings

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
    let signed = CompactJWS.ownHeader + "." + Base64URL.encode(JSONBytes(claims.payload).bytes)
    return signed + "." + Base64URL.encode(key.code(for: signed))
  }

  /// The claims of a token, or the problem with it. Until the signature is found good, every flaw is the same
  /// `invalid_token`.
  func claims(of token: CompactJWS, now: Double) throws(Problem) -> Claims {
    guard token.algorithm == "HS256", token.byteCount <= AccessTokens.maximumBytes,
      keys.contains(where: { $0.isValid(token.signature, for: token.signed) }),
      let claims = token.members().flatMap(Claims.init)
    else { throw Problem(.invalidToken) }
    do throws(Claims.Refusal) {
      try claims.check(now: now, issuer: settings.issuer, audience: settings.audience)
    } catch {
      throw Problem(error)
    }
    guard Identifier.isUUID(claims.sub), Identifier.isUUID(claims.sid) else { throw Problem(.invalidToken) }
    return claims
  }
}

extension Problem {
  /// What is said of a token whose signature is good.
  init(_ refusal: Claims.Refusal) { self.init(refusal == .expired ? .expiredToken : .invalidToken) }
}
