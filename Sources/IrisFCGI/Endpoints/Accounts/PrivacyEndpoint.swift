import IrisDomain
import IrisSystem

/// What the law gives everyone: a copy of all that is held (GDPR, articles 15 and 20), and its erasure (article 17).
enum PrivacyEndpoint {
  /// `GET /api/v1/user/export`
  static func export(_ call: Call) throws -> Response {
    let claims = try call.claims()
    let download = ExportDownload(call)
    do {
      try call.granted(
        try call.services.personalData.export(user: claims.sub, session: claims.sid, take: download.take))
    } catch {
      // What began cannot become an HTTP error any more.
      guard download.hasBegun else { throw error }
      call.services.log.write(.error, "an export was broken off", [("id", .text(call.request.id))])
      return download.brokenOff
    }
    return download.response
  }

  /// `DELETE /api/v1/user/me`: with the password, where the account has one.
  static func erase(_ call: Call) throws -> Response {
    let account = try call.account()
    if try call.services.personalData.hasPassword(account.id) {
      var fields = FieldReader(call.members)
      let password = fields.verbatim("password")
      try fields.finish()
      guard let password else { throw Problem(.validationFailed) }
      try call.confirm(password: password, of: account)
    }
    try call.granted(
      try call.services.personalData.erase(user: account.id, session: try call.claims().sid))
    call.drainOutboxAfterwards()
    return .empty
  }
}
