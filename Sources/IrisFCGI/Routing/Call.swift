import IrisDomain
import IrisSystem

/// One request on its way through an endpoint, with what the route has checked already.
struct Call {
  let request: Request
  let services: Services
  /// Of the access token; nil on routes that take none.
  let token: Claims?
  /// What stands in the place of the path's parameter; empty where the path has none.
  var parameter = ""
  /// The body's members; empty where the route takes no body.
  var members: [String: JSONValue] = [:]
  /// For an answer that goes out in parts; nil where there is no such way.
  let channel: (any ResponseChannel)?

  var configuration: Configuration { services.configuration }

  /// The claims of a route that takes an access token.
  func claims() throws(Problem) -> Claims {
    guard let token else { throw problem(.missingToken) }
    return token
  }

  /// The account behind the token, if its session lives.
  func account() throws -> Account {
    switch try services.sessions.standing(of: claims()) {
    case .alive(let account): return account
    case .refused(let kind): throw problem(kind)
    }
  }

  /// A problem with the addresses that its kind needs.
  /// - Parameter retryAfter: seconds, in place of what the kind has itself.
  func problem(_ kind: Problem.Kind, detail: LocalizedText? = nil, retryAfter: Int? = nil) -> Problem {
    var problem = Problem(kind, detail: detail)
    if let retryAfter { problem.retryAfter = retryAfter }
    problem.addAddresses(configuration.addresses)
    return problem
  }

  /// Seconds since 1970.
  static var now: Int64 { Clock.realtimeMilliseconds / 1_000 }

  /// A new UUIDv7 of this moment.
  static func newID() throws -> String { try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds) }
}

extension Problem {
  /// Adds where to log in to every 401, and where to upgrade to what premium would lift.
  mutating func addAddresses(_ addresses: PublicAddresses) {
    switch kind {
    case .missingToken, .invalidToken, .expiredToken, .sessionRevoked, .invalidCredentials: loginURL = addresses.login
    case .premiumRequired: upgradeURL = addresses.upgrade
    default: break
    }
  }
}
