import IrisDomain
import IrisSystem

extension Services {
  /// The claims of another issuer's token; without `IRIS_EXTERNAL_ISSUER` there is none whose tokens are good.
  func foreignClaims(
    of token: CompactJWS, _ algorithm: SignatureAlgorithm, _ request: Request, now: Double
  ) throws -> Claims {
    guard let foreignTokens else { throw Problem(.invalidToken) }
    let surroundings = ForeignTokens.Surroundings(
      fetch: { [self] request, limits throws(CurlError) in
        guard let curl else { throw .interrupted(code: -1) }
        return try curl.perform(request, limits: limits)
      },
      later: { [self] chore in afterwards(canBeSkipped: false, chore) },
      adopt: { [self] claims, session in try adopt(claims, session: session, device: request.device) })
    return try foreignTokens.claims(of: token, algorithm, now: now, surroundings)
  }

  /// Finds or makes the account that belongs to a foreign subject, and its session.
  private func adopt(_ claims: ForeignClaims, session: String, device: String?) throws -> AdoptionCache.Adopted {
    let account = try Call.newID()
    let erased = Pseudonym.erasedSubject(issuer: claims.issuer, subject: claims.subject)
    let hashes = pseudonyms.codes(erased)
    // Without a key nobody could tell an erased person from a new one.
    guard !hashes.isEmpty else { throw Problem(.unavailable) }
    let event = try pseudonyms.row(.accountCreated(.externalIssuer), user: account)
    let notices = try backendNotices(.accountCreated(id: account, externalID: claims.subject, tier: .free))
    let row = IdentityStore.Adoption(
      claims: claims, session: session, device: device, erasedHashes: hashes, newAccount: account,
      events: JSONBytes([event]).text, notices: Notice.rows(notices))
    switch try identities.adopt(row, sessionSeconds: configuration.tokens.sessionMaxSeconds) {
    case .adopted(let adopted): return adopted
    case .erased: throw Problem(.sessionRevoked)
    }
  }
}
