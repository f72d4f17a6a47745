import IrisDomain
import Testing

@Suite struct TextLanguageTests {
  @Test(arguments: [
    ("Comment améliorer mon CV ?", TextLanguage.french), ("Je veux mourir", .french), ("g plu envi de vivre", .french),
    ("bonjour", .french), ("J'ai un entretien chez Google pour un job de lead developer", .french),
    ("Quel est le meilleur job board ?", .french), ("Mon chef a un CV", .french),
    ("How do I improve my CV?", .english), ("I want to die", .english), ("i don't want to live anymore", .english),
    ("Hello", .english), ("What is a bilan de compétences?", .english), ("What is the VAE in France?", .english),
  ])
  func `tells French from English`(text: String, language: TextLanguage) {
    #expect(TextLanguage.of(text) == language)
  }

  @Test(arguments: ["", "CV", "Как дела?", "12 345", "مرحبا", "VAE CPF"])
  func `does not guess`(text: String) {
    #expect(TextLanguage.of(text) == nil)
  }

  @Test func `takes no French question for English`() {
    let questions =
      TopicCatalogue.standard.topics.flatMap(\.examples)
      + Topic.allCases.flatMap { topic in (0..<3).flatMap { Suggestions.suggestions(topic: topic, turn: $0) } }
    #expect(questions.filter { TextLanguage.of($0) != .french } == [])
  }
}
