import IrisDomain

extension Claims {
  /// A token's payload; an absent `nbf` is left out.
  var payload: JSONObject {
    var payload: JSONObject = [
      "sub": sub, "sid": sid, "tier": tier.rawValue, "iss": iss, "aud": aud, "iat": iat, "exp": exp, "jti": jti,
    ]
    if let nbf { payload.add("nbf", nbf) }
    return payload
  }

  /// The claims in a token's payload (RFC 7519 §4.1): nil when one is missing or of another type than it should be.
  /// Members that nobody here knows are ignored (RFC 7519 §4).
  init?(_ members: [String: JSONValue]) {
    guard let sub = members["sub"]?.text, let sid = members["sid"]?.text,
      let tier = members["tier"]?.text.flatMap(Tier.init), let iss = members["iss"]?.text,
      let aud = members["aud"].flatMap(Audience.init), let times = TokenTimes(members),
      let jti = members["jti"]?.text
    else { return nil }
    self.init(
      sub: sub, sid: sid, tier: tier, iss: iss, aud: aud, iat: times.issuedAt, exp: times.expires, nbf: times.notBefore,
      jti: jti)
  }
}

extension ServiceClaims {
  /// The same for a service's token.
  init?(_ members: [String: JSONValue]) {
    guard let subject = members["sub"]?.text, let audience = members["aud"].flatMap(Audience.init),
      let times = TokenTimes(members)
    else { return nil }
    self.init(subject: subject, audience: audience, times: times, hasSession: members["sid"] != nil)
  }
}

extension TokenTimes {
  /// `iat` and `exp` must be there, `nbf` may be.
  init?(_ members: [String: JSONValue]) {
    let notBefore = members["nbf"] ?? .null
    guard let issuedAt = members["iat"]?.number, let expires = members["exp"]?.number,
      notBefore == .null || notBefore.number != nil
    else { return nil }
    self.init(issuedAt: issuedAt, expires: expires, notBefore: notBefore.number)
  }
}

extension Audience {
  /// One name or an array of names.
  init?(_ value: JSONValue) {
    if let name = value.text {
      self = .one(name)
    } else if let elements = value.array {
      let names = elements.compactMap(\.text)
      guard names.count == elements.count else { return nil }
      self = .many(names)
    } else {
      return nil
    }
  }
}

extension Audience: JSONWritable {
  func write(to json: inout JSONBytes) {
    switch self {
    case .one(let name): name.write(to: &json)
    case .many(let names): names.write(to: &json)
    }
  }
}
