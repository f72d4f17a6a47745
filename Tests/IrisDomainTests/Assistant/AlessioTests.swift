import IrisDomain
import Testing

@Suite struct AlessioTests {
  /// Regulation (EU) 2024/1689, article 50: who talks to an AI is not left to believe otherwise.
  @Test func `Alessio is told that he is no human`() {
    let text = Alessio.systemInstruction
    #expect(text.contains("intelligence artificielle") && text.contains("jamais passer pour un humain"))
    #expect(!text.contains("Tu es Alessio, conseiller"))
  }

  @Test(arguments: [
    "Alessio 🤝", "VAE", "CPF", "bilan de compétences", "France Travail", "Transitions Pro", "PTP", "ROME", "3114",
    "N'invente rien sur la personne", "jamais un ordre", "<cadre>", "<profil>", "<contexte>", "<resume>", "<message>",
  ])
  func `the system instruction names what it must`(word: String) {
    #expect(Alessio.systemInstruction.contains(word))
  }

  @Test func `no line ends in white space and nothing is left to fill in`() {
    for text in [Alessio.systemInstruction] + Topic.allCases.map({ Guidance.text(topic: $0, specialisation: nil) }) {
      #expect(!text.contains(" \n") && !text.contains("  ") && !text.contains("\\("))
    }
  }

  @Test func `the default context leaves most of it for a conversation`() {
    #expect(ContextWindow.tokens(in: Alessio.systemInstruction) < 2_500)
  }

  @Test func `each topic has guidance of its own, small and free of tags`() {
    let texts = Topic.allCases.map { Guidance.text(topic: $0, specialisation: nil) }
    #expect(Set(texts).count == texts.count)
    for text in texts { #expect((200...6_000).contains(text.utf8.count) && !text.contains("<")) }
  }
}
