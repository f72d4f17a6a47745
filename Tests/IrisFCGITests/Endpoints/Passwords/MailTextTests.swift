import Testing

@testable import IrisFCGI

struct MailTextTests {
  private static let text = MailText(
    subject: LocalizedText("Sujet", en: "Subject"),
    paragraphs: [
      .words(LocalizedText("Un & deux < trois > \"quatre\"\nfin", en: "One")),
      .link(label: LocalizedText("Ouvrir", en: "Open"), address: "https://iris.example/?a=1&b=2"),
    ])

  @Test func `plain text and HTML say the same`() {
    let mail = Self.text.message(to: "lea@exemple.fr", in: .french)
    #expect(mail.to == "lea@exemple.fr" && mail.subject == "Sujet")
    #expect(
      mail.text == """
        Bonjour,

        Un & deux < trois > "quatre"
        fin

        https://iris.example/?a=1&b=2

        À bientôt,
        Alessio et l'équipe Phoenix

        """)
    #expect(mail.html.hasPrefix("<!DOCTYPE html>\n<html lang=\"fr\">"))
    #expect(mail.html.contains("<p>Un &amp; deux &lt; trois &gt; &quot;quatre&quot;<br>fin</p>"))
    #expect(mail.html.contains("<p><a href=\"https://iris.example/?a=1&amp;b=2\">Ouvrir</a></p>"))
  }

  @Test func `English where it is wanted, French for what is no language`() {
    let mail = Self.text.message(to: "lea@exemple.fr", in: .english)
    #expect(mail.subject == "Subject" && mail.text.hasPrefix("Hello,") && mail.html.contains("lang=\"en\""))
    #expect(Language(tag: "en") == .english && Language(tag: "fr") == .french)
    #expect(Language(tag: nil) == .french && Language(tag: "xx") == .french)
  }
}
