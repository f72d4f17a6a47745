/// What a mail of ours says, paragraph by paragraph, in the languages that we answer in.
///
/// Nothing that anybody typed goes into it, least of all a name: whoever signs up with somebody else's address must not
/// choose what we write to them.
struct MailText {
  enum Paragraph {
    case words(LocalizedText)
    /// An address to open, on a line of its own; `label` is what HTML shows in its place.
    case link(label: LocalizedText, address: String)
  }

  let subject: LocalizedText
  let paragraphs: [Paragraph]

  private static let greeting = Paragraph.words(LocalizedText("Bonjour,", en: "Hello,"))
  private static let farewell = Paragraph.words(
    LocalizedText("À bientôt,\nAlessio et l'équipe Phoenix", en: "See you soon,\nAlessio and the Phoenix team"))

  /// The mail to one address, with greeting and farewell.
  func message(to address: String, in language: Language) -> MailMessage {
    let all = [MailText.greeting] + paragraphs + [MailText.farewell]
    let plain = all.map { $0.plain(language) }.joined(separator: "\n\n") + "\n"
    let html = all.map { "<p>" + $0.html(language) + "</p>" }.joined(separator: "\n")
    return MailMessage(
      to: address, subject: subject[language], text: plain,
      html: "<!DOCTYPE html>\n<html lang=\"\(language.tag)\"><body>\n\(html)\n</body></html>\n")
  }
}

extension MailText.Paragraph {
  fileprivate func plain(_ language: Language) -> String {
    switch self {
    case .words(let text): text[language]
    case .link(_, let address): address
    }
  }

  fileprivate func html(_ language: Language) -> String {
    switch self {
    case .words(let text): Self.escape(text[language])
    case .link(let label, let address):
      "<a href=\"\(Self.escape(address))\">\(Self.escape(label[language]))</a>"
    }
  }

  /// Text as HTML shows it (HTML §13.1.2), its line breaks kept.
  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n": escaped += "<br>"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
