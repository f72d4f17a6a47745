import IrisDomain
import IrisSystem

/// One key of a JWK set (RFC 7517 §4), as far as it can check access tokens. Members of a private key are not read.
struct JWK {
  let id: String?
  let key: PublicKey
  /// What the key may check: its own `alg`, or all that a key of its type can do.
  let algorithms: [SignatureAlgorithm]
  /// The members that made it.
  let document: JSONObject

  enum Refusal: Error, Equatable {
    /// It is for something else: another type or curve, a secret, encryption.
    case notForTokens
    /// It should be one of ours, but is weak or damaged.
    case unusable(String)
  }

  init(_ members: [String: JSONValue]) throws(Refusal) {
    guard JWK.isForSignatures(members) else { throw .notForTokens }
    let material = try KeyMaterial(members)
    guard let algorithms = JWK.algorithms(members["alg"], of: material) else { throw .notForTokens }
    var document = material.document
    switch members["kid"] {
    case nil: id = nil
    case .string(let text)?:
      id = text
      document.add("kid", text)
    default: throw .unusable("its kid is no text")
    }
    if algorithms.count == 1, let only = algorithms.first { document.add("alg", only.rawValue) }
    self.algorithms = algorithms
    self.document = document
    do throws(PublicKeyError) { key = try material.key() } catch { throw .unusable(error.description) }
  }

  /// RFC 7517 §4.2 and §4.3: what says that it is for something else is.
  private static func isForSignatures(_ members: [String: JSONValue]) -> Bool {
    if let use = members["use"], use != .string("sig") { return false }
    guard let operations = members["key_ops"] else { return true }
    return operations.array?.contains(.string("verify")) ?? false
  }

  /// - Returns: nil when the key is meant for an algorithm that it cannot do, or that nobody here can.
  private static func algorithms(_ named: JSONValue?, of material: KeyMaterial) -> [SignatureAlgorithm]? {
    guard let named else { return material.algorithms }
    guard let algorithm = named.text.flatMap(SignatureAlgorithm.init), material.algorithms.contains(algorithm) else {
      return nil
    }
    return [algorithm]
  }
}

/// The numbers of a public key by its type (RFC 7518 §6.2 and §6.3, RFC 8037 §2).
private enum KeyMaterial {
  case rsa(modulus: String, exponent: String)
  case p256(x: String, y: String)
  case ed25519(String)

  init(_ members: [String: JSONValue]) throws(JWK.Refusal) {
    func number(_ name: String) throws(JWK.Refusal) -> String {
      guard let text = members[name]?.text else { throw .unusable("its member \(name) is missing") }
      return text
    }
    switch (members["kty"]?.text, members["crv"]?.text) {
    case ("RSA", _): self = .rsa(modulus: try number("n"), exponent: try number("e"))
    case ("EC", "P-256"): self = .p256(x: try number("x"), y: try number("y"))
    case ("OKP", "Ed25519"): self = .ed25519(try number("x"))
    default: throw .notForTokens
    }
  }

  var algorithms: [SignatureAlgorithm] {
    switch self {
    case .rsa: [.rs256, .ps256]
    case .p256: [.es256]
    case .ed25519: [.edDSA]
    }
  }

  var document: JSONObject {
    switch self {
    case .rsa(let modulus, let exponent): ["kty": "RSA", "n": modulus, "e": exponent]
    case .p256(let x, let y): ["kty": "EC", "crv": "P-256", "x": x, "y": y]
    case .ed25519(let x): ["kty": "OKP", "crv": "Ed25519", "x": x]
    }
  }

  /// What is no base64url has no bytes, which no key has either.
  func key() throws(PublicKeyError) -> PublicKey {
    func bytes(_ text: String) -> [UInt8] { Base64URL.decode(text) ?? [] }
    switch self {
    case .rsa(let modulus, let exponent):
      return try PublicKey(rsaModulus: bytes(modulus), exponent: bytes(exponent))
    case .p256(let x, let y): return try PublicKey(p256X: bytes(x), y: bytes(y))
    case .ed25519(let x): return try PublicKey(ed25519: bytes(x))
    }
  }
}
