import IrisDomain
import Testing

@Suite struct BlockedAdviceTests {
  private static let reasons: [Block.Reason] = [
    .safety, .recitation, .language, .prohibited, .personalData, .other,
  ]
  private static let stages: [Block.Stage] = [.question, .answer]

  private static func texts(english: Bool) -> [String] {
    stages.flatMap { stage in
      reasons.flatMap { reason in
        Topic.allCases.map { BlockedAdvice.text(block: Block(stage, reason), topic: $0, english: english) }
      }
    }
  }

  @Test(arguments: [false, true])
  func `every stage, reason and topic has words of its own`(english: Bool) {
    let texts = Self.texts(english: english)
    #expect(Set(texts).count == texts.count)
    for text in texts {
      #expect(text.contains(english ? "rephrase" : "reformulez") && text.hasSuffix("Alessio 🤝"))
      #expect(text.contains("3114") && text.contains("Défenseur des droits"))
    }
  }

  @Test func `no text passes for an outage`() {
    for text in Self.texts(english: false) {
      #expect(text.contains("Le service fonctionne") && text.contains("filtre de sécurité"))
      #expect(!text.contains("joindre mon modèle") && !text.contains("réessayez plus tard"))
    }
    for text in Self.texts(english: true) { #expect(text.contains("The service is working")) }
  }

  @Test func `without a reason it says that there is none`() {
    #expect(BlockedAdvice.text(topic: .cv) == BlockedAdvice.text(block: Block(.answer, .other), topic: .cv))
    #expect(BlockedAdvice.text(topic: .cv).contains("ne dit pas pourquoi"))
  }
}
