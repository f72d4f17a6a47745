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
    // Whose token it was is known to the database alone, which has no pseudonyms: the event is nobody's.
    let event = try call.services.pseudonyms.row(.refreshReplayed)
    let refresh = try call.services.sessions.refresh(
      tokenHash: parent.hash, childHash: offered.hash, refreshSeconds: call.configuration.tokens.refreshSeconds,
      events: JSONBytes([event]).text)
    switch refresh {
    case .disabled: throw Problem(.accountDisabled)
    case .replayed:
      call.services.log.write(
        .warning, "a used refresh token came again; its session was ended", [("id", .text(call.request.id))])
      call.services.tell(Fault.Authentication.replayedRefreshToken, requestID: call.request.id)
      throw call.problem(.invalidToken)
    case .unknown: throw call.problem(.invalidToken)
    case .child(let hash, let session, let account):
      let child = try child(of: parent, hash: hash, call)
      return try answer(call, account: account, session: session, refresh: child, status: 200)
    }
  }

  /// The child that another worker gave under a key that this one does not have yet, or no longer, is not lost: the client
  /// asks again, and is not told that its good token is bad.
  private static func child(
    of parent: RefreshTokens.Token, hash: [UInt8], _ call: Call
  ) throws(Problem) -> RefreshTokens.Token {
    if let child = call.services.refreshTokens.child(of: parent, hash: hash) { return child }
    call.services.log.write(
      .error,
      "a refresh token was made with a key that this worker does not know; IRIS_JWT_SECRET differs between workers",
      [("id", .text(call.request.id))])
    throw call.problem(.unavailable)
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
