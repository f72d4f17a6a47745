import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// Makes tokens of any shape and signs them, as an attacker would who sees ours, or a careless holder of the key.
enum TokenForge {
  /// The moment of all tests.
  static let now: Int64 = 1_800_000_000
  static let key = Sample.key
  static let header = #"{"alg":"HS256","typ":"JWT"}"#
  static let user = "01900000-0000-7000-8000-000000000001"
  static let session = "01900000-0000-7000-8000-000000000002"

  static let settings = TokenSettings(
    secrets: [Secret(key)], issuer: "iris", audience: "iris", accessSeconds: 900, refreshSeconds: 3_600,
    sessionMaxSeconds: 7_200)

  /// The members of a good payload as raw JSON.
  private static let members = [
    ("sub", "\"\(user)\""), ("sid", "\"\(session)\""), ("tier", "\"free\""), ("iss", "\"iris\""), ("aud", "\"iris\""),
    ("iat", "\(now)"), ("exp", "\(now + 900)"), ("jti", "\"j\""),
  ]

  /// A good payload but for one member, which is given another value (raw JSON) or left out.
  static func payload(_ name: String = "", _ value: String? = nil, also: String = "") -> String {
    var lines = members.filter { $0.0 != name }.map { "\"\($0.0)\":\($0.1)" }
    if let value { lines.append("\"\(name)\":\(value)") }
    return "{" + lines.joined(separator: ",") + also + "}"
  }

  static func token(header: String = header, payload: String = payload(), key: String = key) throws -> String {
    try token(header: Array(header.utf8), payload: Array(payload.utf8), key: key)
  }

  static func token(header: [UInt8], payload: [UInt8], key: String = key) throws -> String {
    try sign(Base64URL.encode(header) + "." + Base64URL.encode(payload), key: key)
  }

  /// Signs two encoded parts, whatever they are.
  static func sign(_ parts: String, key: String = key) throws -> String {
    parts + "." + Base64URL.encode(try MessageAuthenticationKey(Array(key.utf8)).code(for: parts))
  }

  /// `ok`, or the code of the problem that the field's token meets.
  static func outcome(_ authorization: String?, secrets: [String] = [key], now: Double = Double(now)) throws -> String {
    var settings = settings
    settings.secrets = secrets.map { Secret($0) }
    let tokens = try AccessTokens(settings)
    let users = UserTokens(own: tokens) { _, _ in throw Problem(.invalidToken) }
    return try outcome { _ = try users.claims(authorization: authorization, now: now) }
  }

  /// `ok`, or the code of the problem that is thrown.
  static func outcome(of check: () throws -> Void) throws -> String {
    do {
      try check()
      return "ok"
    } catch let problem as Problem {
      return problem.kind.rawValue
    }
  }
}

extension AccessTokens {
  /// The claims of an `Authorization` field's token, if it is one of ours.
  func claims(authorization: String?, now: Double) throws(Problem) -> Claims {
    try claims(of: CompactJWS.bearer(authorization), now: now)
  }
}
