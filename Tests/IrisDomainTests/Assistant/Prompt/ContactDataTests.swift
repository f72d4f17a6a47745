import Testing

@testable import IrisDomain

/// What a prompt's shared context says of how to reach somebody: nothing.
struct ContactDataTests {
  @Test(arguments: [
    (#"{"email":"lea.martin@example.org","ville":"Brest"}"#, #"{"email":"(e-mail)","ville":"Brest"}"#),
    ("Tél. 06 12 34 56 78, Brest", "Tél. (numéro), Brest"), ("+33 6 12 34 56 78", "(numéro)"),
    ("06.12.34.56.78.", "(numéro)."), (#"["0612345678"]"#, #"["(numéro)"]"#),
    ("écrire à lea@example.org ou bob@x.fr", "écrire à (e-mail) ou (e-mail)"),
  ])
  func `addresses and telephone numbers are masked`(text: String, expected: String) {
    #expect(ContactData.masked(text) == expected)
  }

  @Test(arguments: [
    "De 2019-09-01 à 2021-08-31, 35 000 € par an", "2012 - 2015 : Leroy, 12 ans, 3 enfants", "@", "1 + 1 = 2",
    "C++ et C#", "rue du 8 mai 1945", "",
  ])
  func `dates, years and amounts stay`(text: String) {
    #expect(ContactData.masked(text) == text)
  }

  @Test func `the prompt holds the context masked, and the message as it was written`() {
    let prompt = Prompt.alessio(
      question: "Mon adresse est lea@example.org", topic: .cv, context: #"{"tel":"0612345678","x":"lea@example.org"}"#,
      memory: Memory(), budget: TokenBudget(limit: 8_192), keep: nil, maxOutputTokens: 100)
    #expect(prompt.frame.contains("(numéro)") && prompt.frame.contains("(e-mail)"))
    #expect(!prompt.frame.contains("0612345678") && !prompt.frame.contains("lea@"))
    #expect(prompt.contents.last?.parts.last?.contains("lea@example.org") == true)
  }
}
