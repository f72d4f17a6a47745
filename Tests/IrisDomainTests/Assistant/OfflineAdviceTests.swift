@testable import IrisDomain
import Testing

@Suite struct OfflineAdviceTests {
  @Test(arguments: [
    (Topic.cv, "Mon CV passe-t-il les ATS ?", "ATS"),
    (.cv, "comment expliquer un trou dans mon cv", "période sans emploi"),
    (.cv, "Quelles compétences transférables ?", "compétences transférables"),
    (.lettre, "Une accroche originale", "accroche"),
    (.lettre, "candidature spontanée par mail", "mail de candidature"),
    (.lettre, "conclure ma lettre", "appel à l'action"),
    (.entretien, "explique la méthode STAR", "méthode STAR, pas à pas"),
    (.entretien, "négocier mon salaire", "Négocier votre salaire"),
    (.entretien, "je stresse pour demain", "Apprivoiser le stress"),
    (.reconversion, "faire une VAE", "La VAE"),
    (.reconversion, "mon CPF", "Utiliser votre CPF"),
    (.reconversion, "mon CPF pour une formation", "Utiliser votre CPF"),
    (.reconversion, "dossier PTP Transitions Pro", "Transitions Pro : se former"),
    (.reconversion, "un bilan de compétences", "bilan de compétences : faire le point"),
    (.reconversion, "changer de secteur", "Changer de secteur"),
    (.strategie, "mon profil LinkedIn", "profil LinkedIn qui travaille"),
    (.strategie, "mon reseau", "Activer votre réseau"),
    (.strategie, "le marché caché", "marché caché de l'emploi"),
    (.strategie, "syndrome de l'imposteur", "Reprendre confiance"),
    (.autre, "c'est quoi la VAE", "La VAE"),
    (.autre, "bonjour", "en une phrase où vous en êtes"),
  ])
  func `answers the subject the message names`(topic: Topic, message: String, expected: String) {
    #expect(OfflineAdvice.advice(topic: topic, message: message).contains(expected))
  }

  @Test(arguments: Topic.allCases)
  func `says first that no model answered and that it is free, and signs`(topic: Topic) {
    let advice = OfflineAdvice.advice(topic: topic, message: "")
    #expect(advice.hasPrefix("Je ne parviens pas à joindre mon modèle d'IA"))
    #expect(advice.contains("n'est pas décompté"))
    #expect(advice.hasSuffix("\n\nAlessio 🤝"))
  }

  @Test func `every topic has advice of its own`() {
    #expect(Set(Topic.allCases.map { OfflineAdvice.advice(topic: $0, message: "") }).count == Topic.allCases.count)
    #expect(Set(Topic.allCases.map { BlockedAdvice.text(topic: $0) }).count == Topic.allCases.count)
  }

  @Test func `every specialisation has a text, and no text is a copy`() {
    for domain in TopicCatalogue.standard.topics {
      let ids = OfflineAdvice.entries.filter { $0.topic.rawValue == domain.id }.map(\.id)
      for specialisation in domain.specialisations { #expect(ids.contains(specialisation.id), "\(specialisation.id)") }
    }
    let texts = OfflineAdvice.entries.map(\.text) + Topic.allCases.map(OfflineAdvice.general)
    #expect(texts.count >= 30)
    #expect(Set(texts).count == texts.count)
  }

  @Test func `every entry has substance and can be reached by each of its words alone`() {
    for entry in OfflineAdvice.entries {
      #expect((700...2200).contains(entry.text.count), "\(entry.topic) \(entry.id): \(entry.text.count)")
      #expect(
        entry.text.contains("emaine") || entry.text.contains("soir") || entry.text.contains("jourd'hui")
          || entry.text.contains("Maintenant"), "\(entry.id) names no next step")
      let table = WordPatterns(entry.signs)
      for (index, sign) in entry.signs.enumerated() {
        let words = sign.split(separator: " ").map { String($0.filter { $0 != "*" }) }
        #expect(words.allSatisfy { !TopicLexicon.stopWords.contains($0) }, "\(entry.id): \(sign)")
        #expect(table.counts(in: words)[index] > 0)
      }
    }
  }

  @Test func `no text names what France has renamed`() {
    let texts =
      OfflineAdvice.entries.map(\.text) + Topic.allCases.map(OfflineAdvice.general)
      + Topic.allCases.map { BlockedAdvice.text(topic: $0) }
    for text in texts {
      for old in ["Pôle emploi", "Fongecif", "Pro-A", "€", "ANPE", "Direccte"] {
        #expect(!text.contains(old), "\(old)")
      }
    }
  }

  @Test func `blocked advice is kind, says what to try and where help is`() {
    for topic in Topic.allCases {
      let text = BlockedAdvice.text(topic: topic)
      #expect(text.contains("reformulez") && text.contains("3114") && text.hasSuffix("Alessio 🤝"))
    }
  }
}
