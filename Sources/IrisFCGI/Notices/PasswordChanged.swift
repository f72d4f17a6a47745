import IrisDomain
import IrisSystem

/// The mail that tells an owner of a new password: who did not choose it learns in time that somebody else did
/// (OWASP ASVS 5.0 V6.3.7).
enum PasswordChanged {
  static let topic = "password_changed"

  static func notice(id: String, account: String, language: Language) -> Notice {
    Notice(
      id: id, kind: .mail, topic: topic, user: account, payload: ["language": language.tag],
      lifetimeSeconds: PasswordResetRules.newsLifetimeSeconds)
  }

  /// What to send for a notice.
  /// - Returns: nil when the account has no address any more.
  static func prepare(user: String, payload: [String: JSONValue], _ services: Services) throws -> MailMessage? {
    guard let address = try services.accounts.find(id: user)?.email else { return nil }
    let addresses = services.configuration.addresses
    return text(login: addresses.login ?? addresses.site)
      .message(to: address, in: Language(tag: payload["language"]?.text))
  }

  private static func text(login: String?) -> MailText {
    var paragraphs: [MailText.Paragraph] = [
      .words(
        LocalizedText(
          "Le mot de passe de votre compte vient d'être modifié, et vos autres connexions ont pris fin.",
          en: "The password of your account has just been changed, and your other logins have ended.")),
      .words(
        LocalizedText(
          """
          C'est vous ? Alors vous n'avez rien à faire. Sinon, demandez tout de suite un nouveau mot de passe, avec \
          « mot de passe oublié », sur la page de connexion.
          """,
          en: """
            It was you? Then there is nothing to do. If not, ask for a new password at once, with "forgotten password" \
            on the login page.
            """)),
    ]
    if let login {
      paragraphs.append(.link(label: LocalizedText("Page de connexion", en: "Login page"), address: login))
    }
    return MailText(
      subject: LocalizedText("Votre mot de passe a été modifié", en: "Your password was changed"),
      paragraphs: paragraphs)
  }
}
