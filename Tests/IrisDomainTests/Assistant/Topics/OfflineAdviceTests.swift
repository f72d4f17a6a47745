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

  @Test func `who writes in English is told in English that the advice is French`() {
    let advice = OfflineAdvice.advice(topic: .cv, message: "How can I improve my CV?")
    #expect(advice.hasPrefix("I cannot reach my AI model right now.") && advice.contains("in French only"))
  }

  @Test func `whoever thinks of resigning reads all conditions`() {
    for message in ["le dispositif démissionnaire", "faut-il démissionner maintenant"] {
      let advice = OfflineAdvice.advice(topic: .reconversion, message: message)
      #expect(["CDI", "cinq ans d'activité", "CEP"].allSatisfy(advice.contains), "\(message)")
    }
    #expect(Alessio.systemInstruction.contains("cinq ans d'activité salariée"))
  }

  @Test func `every topic has advice of its own`() {
    #expect(Set(Topic.allCases.map { OfflineAdvice.advice(topic: $0, message: "") }).count == Topic.allCases.count)
    #expect(Set(Topic.allCases.map { BlockedAdvice.text(topic: $0) }).count == Topic.allCases.count)
  }

  @Test(
    arguments: [
      (Topic.reconversion, "faire une VAE", "formation"), (.cv, "un trou dans mon CV", "structure"),
      (.lettre, "l'accroche", "structure"), (.entretien, "la méthode STAR", "questions"),
      (.strategie, "une promotion", "developpement"), (.strategie, "le marché caché", "marche-cache"),
      (.strategie, "organiser ma recherche", nil), (.entretien, "un mail de remerciement après l'entretien", nil),
      (.cv, "Parlez-moi de vous", nil), (.autre, "faire une VAE", nil), (.reconversion, "", nil),
    ] as [(Topic, String, String?)])
  func `the prepared advice tells the specialisation`(topic: Topic, message: String, id: String?) {
    #expect(TopicClassifier.specialisation(of: message, in: topic) == id)
  }

  @Test func `a message without a topic gets the general text unless it names a subject`() {
    let general = OfflineAdvice.advice(topic: .autre, message: "")
    for message in ["Mon chat est malade", "J'ai le temps, et toi ?", "vente de fleurs"] {
      #expect(OfflineAdvice.advice(topic: .autre, message: message) == general, "\(message)")
    }
  }

  @Test func `no text is a copy`() {
    let texts = Catalogue.offlineTexts
    #expect(texts.count >= 30)
    #expect(Set(texts).count == texts.count)
  }

  @Test(arguments: Catalogue.advice.map(\.id))
  func `advice has substance and names a next step`(id: String) {
    for advice in Catalogue.advice where advice.id == id {
      #expect((700...2200).contains(advice.text.count), "\(advice.text.count)")
      #expect(["Cette semaine", "Ce soir", "Aujourd'hui", "Maintenant"].contains { advice.text.contains($0) })
    }
  }

  @Test func `every sign and hint can be found alone`() {
    for advice in Catalogue.advice {
      let patterns = advice.signs + advice.hints
      let table = WordPatterns(patterns)
      #expect(!advice.signs.isEmpty && Set(patterns).count == patterns.count, "\(advice.id)")
      for (index, pattern) in patterns.enumerated() {
        let words = pattern.split(separator: " ").map { String($0.filter { $0 != "*" }) }
        #expect(words.allSatisfy { !TopicLexicon.stopWords.contains($0) }, "\(advice.id): \(pattern)")
        #expect(pattern.allSatisfy { $0.isASCII && !$0.isUppercase }, "\(advice.id): \(pattern)")
        #expect(table.counts(in: words)[index] > 0, "\(advice.id): \(pattern)")
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
