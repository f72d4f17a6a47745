import IrisDomain
import IrisSystem

/// The mail to who forgot the password, in two steps, so that nobody learns from an answer or its time who has an account:
/// a notice, alike for every address; and, once nobody waits, the account, its reset and what to write.
enum PasswordForgotten {
  static let topic = "password_forgot"

  /// Somebody asks for a way back in. It is nobody's row: whose address this is, if anyone's, is not looked up yet.
  static func notice(id: String, email: EmailAddress, language: Language) -> Notice {
    Notice(
      id: id, kind: .mail, topic: topic, user: nil, payload: ["email": email.text, "language": language.tag],
      lifetimeSeconds: PasswordResetRules.lifetimeSeconds)
  }

  /// What to send for a notice.
  /// - Parameters:
  ///   - id: the notice's, and so the reset's: trying again makes no second one.
  ///   - payload: the notice's.
  /// - Returns: nil when there is nothing to send, now or later.
  static func prepare(id: String, payload: [String: JSONValue], _ services: Services) throws -> MailMessage? {
    guard let email = payload["email"]?.text else { return nil }
    guard let site = services.configuration.addresses.site else {
      services.log.write(.error, "a password mail has no link to give: set IRIS_PUBLIC_URL")
      throw Problem(.unavailable)
    }
    guard let reset = try services.passwords.makeReset(id, email: email) else { return nil }
    // Behind a #, which browsers keep to themselves: no log and no Referer has it.
    let link = "\(site)/reset-password#token=\(try services.resetTokens.token(for: id))"
    return text(link: link, validUntil: "\(reset.validUntil), \(services.configuration.timeZone)")
      .message(to: reset.email, in: Language(tag: payload["language"]?.text))
  }

  private static func text(link: String, validUntil: String) -> MailText {
    let minutes = PasswordResetRules.lifetimeSeconds / 60
    return MailText(
      subject: LocalizedText("Choisissez un nouveau mot de passe", en: "Choose a new password"),
      paragraphs: [
        .words(
          LocalizedText(
            "Vous avez oublié votre mot de passe ? Cela arrive à tout le monde. Pour en choisir un nouveau, ouvrez ce lien :",
            en: "You have forgotten your password? It happens to everyone. To choose a new one, open this link:")),
        .link(
          label: LocalizedText("Choisir un nouveau mot de passe", en: "Choose a new password"), address: link),
        .words(
          LocalizedText(
            """
            Il est valable \(minutes) minutes (jusqu'à \(validUntil)) et ne sert qu'une fois. Ensuite, reconnectez-vous \
            sur chacun de vos appareils.
            """,
            en: """
              It is good for \(minutes) minutes (until \(validUntil)) and works once. Afterwards, log in again on each \
              of your devices.
              """)),
        .words(
          LocalizedText(
            """
            Vous n'avez rien demandé ? Vous pouvez ignorer ce message : votre mot de passe reste le même. Ne transmettez \
            ce lien à personne.
            """,
            en: """
              You did not ask for this? You can ignore this message: your password stays as it is. Give this link to \
              nobody.
              """)),
      ])
  }
}
