import IrisDomain

/// A session that is about to be opened: what the client will get and what the database will keep of it.
struct NewSession: Sendable {
  let id: String
  let refresh: RefreshTokens.Token
  private let settings: TokenSettings
  private let device: String?

  init(_ call: Call) throws {
    id = try Call.newID()
    refresh = try call.services.refreshTokens.first()
    settings = call.configuration.tokens
    device = call.request.device
  }

  /// The parameters of the SQL functions that open one: id, token's hash, its life, the session's, device.
  var parameters: [String?] {
    [id, Bytea.text(refresh.hash), String(settings.refreshSeconds), String(settings.sessionMaxSeconds), device]
  }
}
