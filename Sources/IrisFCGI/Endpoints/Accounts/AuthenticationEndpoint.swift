import IrisDomain
import IrisSystem

/// `register` and `login`: the routes that hash a password, which is why nginx gives them a pool of their own.
enum AuthenticationEndpoint {
  /// `POST /api/v1/auth/register`
  static func register(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let email = fields.email("email")
    let password = fields.verbatim("password")
    let name = fields.text("name", length: ProfileRules.nameLength, optional: true)
    if let password { fields.check(password: password) }
    try fields.finish()
    guard let email, let password else { throw Problem(.validationFailed) }

    let keys = try LoginKeys(email: email.text, request: call.request, call.services.pseudonyms)
    try admit(call, keys)
    let hash = try Password.hash(Array(password.utf8))
    let new = RegistrationStore.NewAccount(id: try Call.newID(), email: email, name: name, passwordHash: hash)
    let session = try NewSession(call)
    let pseudonyms = call.services.pseudonyms
    let notices = try call.services.backendNotices(.accountCreated(id: new.id, externalID: nil, tier: .free))
    let account = try call.services.registrations.register(
      new, keys: keys, erasedKeys: pseudonyms.codes(Pseudonym.erasedEmail(email.text)), session: session,
      events: JSONBytes([try pseudonyms.row(.accountCreated(.registration), user: new.id)]).text,
      notices: Notice.rows(notices))
    guard let account else { throw Problem(.emailTaken) }
    return try SessionEndpoint.answer(call, account: account, session: session, status: 201)
  }

  /// Refuses before the password is hashed: nobody who signs up is known, so who waited too long goes first.
  private static func admit(_ call: Call, _ keys: LoginKeys) throws {
    guard !call.isLate() else { throw call.busy() }
    guard let address = keys.limitedAddress else { return }
    let wait = try call.services.registrations.wait(address: address)
    guard wait == 0 else {
      throw call.problem(
        .rateLimited,
        detail: LocalizedText(
          "Beaucoup de comptes viennent d'être créés depuis votre réseau. Patientez, puis réessayez.",
          en: "Many accounts were made from your network lately. Wait a while, then try again."),
        retryAfter: wait)
    }
  }

  /// `POST /api/v1/auth/login`
  static func login(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let email = fields.verbatim("email")
    let password = fields.verbatim("password")
    try fields.finish()
    guard let email, let password else { throw Problem(.validationFailed) }

    let attempt = try LoginAttempt(call, email: email, password: password)
    return try attempt.finish(attempt.begin())
  }
}

extension FieldReader {
  /// Applies the rules for new passwords to the member `name`.
  mutating func check(password: String, name: String = "password") {
    do throws(PasswordRules.Refusal) {
      try PasswordRules.check(password)
    } catch {
      let (code, detail) = FieldReader.words(for: error)
      fail(name, code, detail)
    }
  }

  private static func words(for refusal: PasswordRules.Refusal) -> (String, LocalizedText) {
    let length = PasswordRules.length
    switch refusal {
    case .tooShort:
      return (
        "too_short",
        LocalizedText(
          "Le mot de passe doit compter au moins \(length.lowerBound) caractères.",
          en: "The password must have at least \(length.lowerBound) characters.")
      )
    case .tooLong:
      return (
        "too_long",
        LocalizedText(
          "Le mot de passe doit compter au plus \(length.upperBound) caractères et \(PasswordRules.maximumBytes) octets.",
          en: "The password must have at most \(length.upperBound) characters and \(PasswordRules.maximumBytes) bytes.")
      )
    case .containsNUL:
      return (
        "control_character",
        LocalizedText(
          "Le mot de passe contient un caractère nul.", en: "The password contains a NUL character.")
      )
    case .tooCommon:
      return (
        "too_common",
        LocalizedText(
          "Ce mot de passe est parmi les plus utilisés, donc facile à deviner. Choisissez-en un autre.",
          en: "This password is among the most used and easy to guess. Choose another one.")
      )
    }
  }
}
