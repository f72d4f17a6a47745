import IrisDomain
import Testing

@Suite struct ImportRulesTests {
  @Test(
    arguments: [
      ("connection refused", "connection refused"), ("user 42 not found", "user # not found"),
      ("no such user: lea@exemple.fr", "no such user: <address>"),
      ("cannot parse \"je m'appelle Léa\" as JSON", "cannot parse <text> as JSON"),
      ("mot 'secret de Léa' inconnu", "mot <text> inconnu"), ("l'API ne répond pas", "l'API ne répond pas"),
      ("le texte « bonjour » manque", "le texte <text> manque"), ("open \"quote of Léa", "open <text>"),
      ("id 0192f3a1-7c3b-7def\nline", "id # line"), ("", ""),
    ])
  func `what varies in an error's message goes`(message: String, template: String) {
    #expect(ImportRules.template(message) == template)
  }

  @Test func `a template is short`() {
    #expect(ImportRules.template(String(repeating: "e\u{301}", count: 500)).unicodeScalars.count == 200)
  }

  @Test func `names are what programs give`() {
    for name in ["chat_request", "auth.failed", "a:b-c"] { #expect(ImportRules.isName(name)) }
    for text in ["", "a b", "é", "a@b", String(repeating: "x", count: 65)] { #expect(!ImportRules.isName(text)) }
  }
}
