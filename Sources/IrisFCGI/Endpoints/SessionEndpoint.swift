import IrisDomain
import IrisSystem

/// The life of a session: opened by register and login, renewed by `refresh`, ended by `logout`.
enum SessionEndpoint {
  private struct Opened: Encodable {
    let user: Account
    let accessToken: String
    let tokenType = "bearer"
    let expiresIn: Int
    let refreshToken: String
  }

  /// The answer to whoever has just opened a session.
  static func answer(_ call: Call, account: Account, session: NewSession, status: Int) throws -> Response {
    try answer(call, account: account, session: session.id, refresh: session.refresh, status: status)
  }

  /// `POST /api/v1/auth/refresh`. Whatever is wrong with the token, the answer is the same.
  static func refresh(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let text = fields.verbatim("refresh_token")
    try fields.finish()
    guard let parent = text.flatMap({ RefreshTokens.Token(text: $0) }) else { throw call.problem(.invalidToken) }

    let offered = try call.services.refreshTokens.child(of: parent)
    let rotation = try call.services.sessions.rotate(
      tokenHash: parent.hash, childHash: offered.hash, refreshSeconds: call.configuration.tokens.refreshSeconds)
    switch rotation {
    case .disabled: throw Problem(.accountDisabled)
    case .replayed:
      call.services.log.write(
        .warning, "a used refresh token came again; its session was ended", [("id", .text(call.request.id))])
      throw call.problem(.invalidToken)
    case .unknown: throw call.problem(.invalidToken)
    case .child(let hash, let id, let session, _):
      guard let child = call.services.refreshTokens.child(of: parent, hash: hash),
        let account = try call.services.accounts.find(id: id)
      else { throw call.problem(.invalidToken) }
      return try answer(call, account: account, session: session, refresh: child, status: 200)
    }
  }

  /// `POST /api/v1/auth/logout`
  static func logout(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let everywhere = fields.boolean("everywhere") ?? false
    try fields.finish()
    let account = try call.account()
    try call.services.sessions.end(session: try call.claims().sid, account: account.id, everywhere: everywhere)
    return .empty
  }

  private static func answer(
    _ call: Call, account: Account, session: String, refresh: RefreshTokens.Token, status: Int
  ) throws -> Response {
    let access = try call.services.tokens.issue(
      account: account.id, session: session, tier: account.tier, now: Call.now)
    return try Response.json(
      Opened(
        user: account, accessToken: access, expiresIn: call.configuration.tokens.accessSeconds,
        refreshToken: refresh.text),
      status: status)
  }
}
