import IrisSystem

/// Whether the other issuer's keys can be had: without any, nobody with such a token is let in.
struct IssuerChecks {
  private static let name = "issuer keys"

  let issuer: ExternalIssuer?
  let files: FileAccess
  let transport: Gemini.Transport

  func findings() -> [Finding] {
    guard let issuer else { return [] }
    switch issuer.keys {
    case .file(let path):
      do throws(FileError) {
        return [Self.judge(try files.read(path, JWKSet.maximumBytes), from: path)]
      } catch {
        return [.failed(Self.name, "\(error)", advice: "put the issuer's JWK set there, readable for the workers")]
      }
    case .address(let address): return [fetch(address)]
    }
  }

  private func fetch(_ address: String) -> Finding {
    let advice = "check \(Variable.externalJWKS.rawValue), name service and firewall"
    do throws(CurlError) {
      let request = CurlRequest(method: "GET", url: address, headers: ["Accept: application/json"])
      let reply = try transport(request, ForeignKeys.limits, nil, nil)
      guard reply.status == 200 else {
        return .failed(Self.name, "\(address) answers with status \(reply.status)", advice: advice)
      }
      return Self.judge(reply.body, from: address)
    } catch {
      return .failed(Self.name, "\(address) cannot be reached: \(error.peerWords)", advice: advice)
    }
  }

  static func judge(_ bytes: [UInt8], from place: String) -> Finding {
    do throws(JWKSet.Refusal) {
      let set = try JWKSet(bytes)
      guard !set.keys.isEmpty else {
        let flaws = set.flaws.isEmpty ? "" : ": \(set.flaws.joined(separator: ", "))"
        return .failed(
          name, "\(place) has no usable key\(flaws)", advice: "the issuer must sign with RS256, PS256, ES256 or EdDSA")
      }
      return .ok(name, "\(place) has \(set.keys.count) usable key\(set.keys.count == 1 ? "" : "s")")
    } catch {
      return .failed(name, "\(place): \(error.rawValue)", advice: "check \(Variable.externalJWKS.rawValue)")
    }
  }
}
