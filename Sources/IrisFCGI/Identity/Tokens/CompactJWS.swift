import IrisSystem

/// A token in JWS compact serialisation (RFC 7515 §7.1), taken apart by the strict rules that all tokens share: ours, the
/// other issuer's, a service's.
///
/// Nothing in a header chooses, fetches or holds a key: `jku`, `jwk`, `x5u` and `x5c` are never looked at. `crit` makes an
/// extension fatal for who doesn't know it, and nobody here knows one, so its mere presence does; so does `b64`, which
/// changes what is signed (RFC 7797).
struct CompactJWS {
  /// Longer ones are nobody's: the largest that carry an issuer's metadata have a few kilobytes.
  static let maximumBytes = 16_384
  /// The header of the tokens that we issue, encoded.
  static let ownHeader = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))

  /// The header's `alg`. It is no more than a claim of the sender's: which algorithm a key can do, the key decides
  /// (RFC 8725 §3.1).
  let algorithm: String
  /// The header's `kid`, whatever it is.
  let keyID: JSONValue?
  /// Whether `typ` says that this is an access token (RFC 9068 §2.1).
  let isDeclaredAccess: Bool
  /// The encoded header and payload with the dot between them.
  let signed: Substring
  let signature: [UInt8]
  let byteCount: Int
  private let payload: Substring

  /// - Returns: nil when it is no such token, or of a type that no access token has.
  init?(_ token: Substring) {
    let parts = token.utf8.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard token.utf8.count <= CompactJWS.maximumBytes, parts.count == 3, let header = Header(Substring(parts[0])),
      let signature = Base64URL.decode(Substring(parts[2])), !signature.isEmpty
    else { return nil }
    algorithm = header.algorithm
    keyID = header.keyID
    isDeclaredAccess = header.isDeclaredAccess
    signed = token[parts[0].startIndex..<parts[1].endIndex]
    payload = Substring(parts[1])
    self.signature = signature
    byteCount = token.utf8.count
  }

  /// The payload's members: for who has found the signature good.
  /// - Returns: nil when the payload is no JSON object in strict base64url.
  func members() -> [String: JSONValue]? {
    Base64URL.decode(payload).flatMap(StrictJSON.members)
  }

  /// SHA-256 of the payload, which has one spelling only. A signature has several, at least with ECDSA.
  var payloadHash: [UInt8] { Digest.sha256(String(payload)) }

  private struct Header {
    var algorithm = "HS256"
    var keyID: JSONValue?
    var isDeclaredAccess = false

    /// RFC 7515 §4.1, and RFC 9068 §4 for `typ`.
    init?(_ encoded: Substring) {
      if encoded == CompactJWS.ownHeader { return }
      guard let members = Base64URL.decode(encoded).flatMap(StrictJSON.members), members["crit"] == nil,
        members["b64"] == nil, let algorithm = members["alg"]?.text
      else { return nil }
      self.algorithm = algorithm
      keyID = members["kid"]
      switch members["typ"] {
      case nil: break
      case .string(let type):
        let type = type.lowercased()
        isDeclaredAccess = type == "at+jwt" || type == "application/at+jwt"
        guard isDeclaredAccess || type == "jwt" else { return nil }
      default: return nil
      }
    }
  }
}

extension CompactJWS {
  /// The token of an `Authorization` field (RFC 6750 §2.1): `Bearer`, in any case, one space or more, then the token.
  static func bearer(_ authorization: String?) throws(Problem) -> CompactJWS {
    guard let authorization, !authorization.isEmpty else { throw Problem(.missingToken) }
    // Before anything is searched in it: somebody may send a megabyte.
    guard authorization.utf8.count <= maximumBytes + 64 else { throw Problem(.invalidToken) }
    let space = UInt8(ascii: " ")
    let scheme = authorization.utf8.prefix { $0 != space }
    let token = authorization.utf8.dropFirst(scheme.count).drop { $0 == space }
    guard scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }), let jws = CompactJWS(Substring(token)) else {
      throw Problem(.invalidToken)
    }
    return jws
  }
}
