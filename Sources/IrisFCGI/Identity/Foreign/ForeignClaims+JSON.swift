import IrisDomain

extension ForeignClaims {
  /// The claims in another issuer's payload: nil when one that is needed is missing, or one is of another type than it
  /// should be.
  init?(_ members: [String: JSONValue], isDeclaredAccess: Bool) {
    guard let issuer = members["iss"]?.text, let subject = members["sub"]?.text,
      let audience = members["aud"].flatMap(Audience.init), let times = TokenTimes(members),
      let session = ForeignSession(members),
      let purpose = TokenPurpose(members, isDeclaredAccess: isDeclaredAccess)
    else { return nil }
    self.init(
      issuer: issuer, subject: subject, audience: audience, times: times, session: session, purpose: purpose,
      isAnonymous: ![nil, .null, .bool(false)].contains(members["is_anonymous"]),
      email: members["email"]?.text.flatMap { EmailAddress($0) }, name: ForeignClaims.name(members))
  }

  /// `name` (OpenID Connect Core §5.1), or where Supabase Auth has it. One that our own users may not have is none.
  private static func name(_ members: [String: JSONValue]) -> String? {
    var candidates = [members["name"]]
    if case .object(let metadata)? = members["user_metadata"] {
      candidates += [metadata["full_name"], metadata["name"]]
    }
    let texts = candidates.compactMap { $0?.text.map(Normalisation.clean) }
    return texts.first { ProfileRules.nameLength.contains($0.unicodeScalars.count) }
  }
}

extension ForeignSession {
  /// The first of `session_id`, `sid` and `jti` that is there and not empty; nil when it is no plain text.
  fileprivate init?(_ members: [String: JSONValue]) {
    let names = ["session_id", "sid", "jti"]
    guard let name = names.first(where: { ![nil, .null, .string("")].contains(members[$0]) }) else {
      self = .times
      return
    }
    guard let text = members[name]?.text, ForeignClaims.isName(text) else { return nil }
    self = name == "jti" ? .token(text) : .login(text)
  }
}

extension TokenPurpose {
  fileprivate init?(_ members: [String: JSONValue], isDeclaredAccess: Bool) {
    let kinds = ["typ", "token_use", "token_type"].compactMap { members[$0] }
    guard kinds.allSatisfy({ $0.text != nil }) else { return nil }
    self.init(
      kinds: kinds.compactMap(\.text), isDeclaredAccess: isDeclaredAccess, role: members["role"]?.text,
      hasHash: members["at_hash"] != nil || members["c_hash"] != nil, hasNonce: members["nonce"] != nil,
      hasEvents: members["events"] != nil, isBound: members["cnf"] != nil)
  }
}
