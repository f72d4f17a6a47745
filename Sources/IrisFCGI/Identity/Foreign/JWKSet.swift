import IrisSystem

/// The public keys of another issuer (RFC 7517 §5): those that can check tokens. The others are left out, as §5 asks.
struct JWKSet {
  /// Bounds of a set that somebody else wrote; the largest of public issuers have a tenth of that.
  static let maximumBytes = 262_144
  static let maximumKeys = 64

  let keys: [JWK]
  /// Why keys that should have been of use were left out.
  let flaws: [String]

  enum Refusal: String, Error {
    case notASet = "it is no JWK set"
    case tooLarge = "it is too large"
  }

  init(_ bytes: [UInt8]) throws(Refusal) {
    guard bytes.count <= JWKSet.maximumBytes else { throw .tooLarge }
    guard let members = StrictJSON.members(of: bytes)?["keys"]?.array else { throw .notASet }
    guard members.count <= JWKSet.maximumKeys else { throw .tooLarge }
    var keys: [JWK] = []
    var flaws: [String] = []
    for case .object(let members) in members {
      do throws(JWK.Refusal) {
        keys.append(try JWK(members))
      } catch .unusable(let reason) {
        flaws.append(reason)
      } catch {}
    }
    self.keys = keys
    self.flaws = flaws
  }

  /// The set again, with nothing but what is of use.
  var document: [UInt8] { JSONBytes(["keys": keys.map(\.document)] as JSONObject).bytes }

  func has(_ id: String) -> Bool { !named(id).isEmpty }

  private func named(_ id: String) -> [JWK] {
    keys.filter { $0.id.map { $0.utf8.elementsEqual(id.utf8) } ?? false }
  }

  /// What a token's `kid` leads to.
  enum Match {
    /// The keys that may have signed it: one, or several where the issuer gave one id twice.
    case keys([JWK])
    /// None has this id: it may be newer than this set.
    case unknownID
  }

  /// - Parameter id: the header's `kid`. A token without one is good only where exactly one key can do its algorithm.
  func match(_ id: JSONValue?, _ algorithm: SignatureAlgorithm) -> Match {
    guard let id else {
      let able = keys.filter { $0.algorithms.contains(algorithm) }
      return .keys(able.count == 1 ? able : [])
    }
    guard let id = id.text else { return .keys([]) }
    let named = named(id)
    return named.isEmpty ? .unknownID : .keys(named.filter { $0.algorithms.contains(algorithm) })
  }
}
