import IrisDomain
import IrisSystem

/// `auth/password`: a new password, with the present one or with the token of a mail.
enum PasswordEndpoint {
  /// `POST /api/v1/auth/password`. The session that asks lives on, the account's others end.
  static func change(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let current = fields.verbatim("current_password")
    let new = newPassword(&fields)
    // Bytes decide, as they do for the hash: two spellings of one letter are two passwords.
    if let current, let new, current.utf8.elementsEqual(new.utf8) {
      fields.fail(
        "new_password", "unchanged",
        LocalizedText(
          "C'est déjà votre mot de passe. Choisissez-en un autre.",
          en: "This is your password already. Choose another one."))
    }
    try fields.finish()
    guard let current, let new else { throw Problem(.validationFailed) }

    let account = try call.account()
    let stored = try call.confirm(password: current, of: account)
    let hash = try Password.hash(Array(new.utf8))
    let records = try records(call, account: account.id, isReset: false)
    try call.granted(try call.services.passwords.change(from: stored, to: hash, records, for: call.claims()))
    call.drainOutboxAfterwards()
    return .empty
  }

  /// `POST /api/v1/auth/password/forgot`: the same work and the same answer for every address.
  static func forgot(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let email = fields.email("email")
    try fields.finish()
    guard let email else { throw Problem(.validationFailed) }

    let (services, request) = (call.services, call.request)
    guard services.configuration.mail != nil else {
      services.log.write(
        .error, "a password was forgotten, but no mail can go out: set IRIS_SMTP_URL and IRIS_MAIL_FROM",
        [("id", .text(request.id))])
      return accepted
    }
    let keys = try LoginKeys(email: email.text, request: request, services.pseudonyms)
    let notice = PasswordForgotten.notice(id: try Call.newID(), email: email, language: request.language)
    let isOnItsWay = try services.passwords.request(
      notice, addressKey: keys.limitedAddress, emailKey: keys.account)
    if !isOnItsWay {
      services.log.write(.warning, "too many password mails were asked for", [("id", .text(request.id))])
    }
    call.drainOutboxAfterwards()
    return accepted
  }

  /// `POST /api/v1/auth/password/reset`. All sessions end: whoever made this necessary is out.
  static func reset(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let token = fields.verbatim("token")
    let new = newPassword(&fields)
    try fields.finish()
    guard let token, let new else { throw Problem(.validationFailed) }

    // A hash costs 20 ms and 16 MB: not for a token that is no good.
    guard let reset = call.services.resetTokens.reset(of: token),
      let owner = try call.services.passwords.owner(ofReset: reset)
    else { throw badToken }
    let hash = try Password.hash(Array(new.utf8))
    let records = try records(call, account: owner.account, isReset: true)
    let keys = try LoginKeys(email: owner.email, request: call.request, call.services.pseudonyms)
    switch try call.services.passwords.spend(reset: reset, on: hash, knownKey: keys.known.first, records) {
    case .disabled: throw Problem(.accountDisabled)
    case .void: throw badToken
    case .spent:
      call.drainOutboxAfterwards()
      return .empty
    }
  }

  private static func newPassword(_ fields: inout FieldReader) -> String? {
    let new = fields.verbatim("new_password")
    if let new { fields.check(password: new, name: "new_password") }
    return new
  }

  private static func records(_ call: Call, account: String, isReset: Bool) throws -> PasswordStore.Records {
    let event = try call.services.pseudonyms.row(.passwordChanged(isReset: isReset), user: account)
    var notices: [Notice] = []
    if call.configuration.mail != nil {
      notices.append(PasswordChanged.notice(id: try Call.newID(), account: account, language: call.request.language))
    }
    return PasswordStore.Records(events: JSONBytes([event]).text, notices: Notice.rows(notices))
  }

  /// 202 without a body: what becomes of it is for the owner of the mailbox to see.
  private static let accepted = Response(status: 202)

  /// Whatever is wrong with the token, the answer is the same. It is a credential and no field of a form: 401, as for a
  /// refresh token.
  private static var badToken: Problem {
    Problem(
      .invalidToken,
      detail: LocalizedText(
        "Ce lien n'est plus valable : il a déjà servi, ou il a expiré. Demandez-en un nouveau.",
        en: "This link is no longer good: it was used already, or it has expired. Ask for a new one."))
  }
}
