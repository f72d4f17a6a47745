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

    let hash = try Password.hash(Array(password.utf8))
    guard
      let account = try call.services.accounts.insert(
        id: try Call.newID(), email: email, name: name, passwordHash: hash)
    else { throw Problem(.emailTaken) }
    return try SessionEndpoint.open(call, for: account, status: 201)
  }

  /// `POST /api/v1/auth/login`. An unknown address, an account without a password and a wrong password cost the same time
  /// and get the same answer.
  static func login(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let text = fields.verbatim("email")
    let password = fields.verbatim("password")
    try fields.finish()
    guard let text, let password else { throw Problem(.validationFailed) }

    let credentials = try EmailAddress(text).flatMap { try call.services.accounts.credentials(email: $0) }
    let stored = credentials?.passwordHash
    let verification = Password.verify(Array(password.utf8), against: stored ?? Password.decoy)
    guard let credentials, let stored, verification == .match else { throw call.problem(.invalidCredentials) }
    guard !credentials.isDisabled else { throw Problem(.accountDisabled) }
    if Password.needsRehash(stored) {
      let hash = try Password.hash(Array(password.utf8))
      try call.services.accounts.replaceHash(stored, by: hash, id: credentials.account.id)
    }
    return try SessionEndpoint.open(call, for: credentials.account, status: 200)
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
