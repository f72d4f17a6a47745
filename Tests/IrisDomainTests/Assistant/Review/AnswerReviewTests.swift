import IrisDomain
import Testing

@Suite struct ConfidenceTests {
  private let question = "Comment structurer mon CV ?"
  private let good = String(repeating: "Placez le titre du poste en haut de votre CV. ", count: 8)

  private func confidence(
    _ text: String, _ finish: Answer.Finish = .complete, logProbability: Double? = nil,
    concern: SafetyConcern? = nil
  ) -> Double {
    let answer = Answer(text: text, finish: finish, averageLogProbability: logProbability, concern: concern)
    return AnswerReview.confidence(for: answer, message: question, topic: .cv)
  }

  @Test func `fallback is one half and blocked is nothing, whatever the text`() {
    for text in ["", good] {
      #expect(confidence(text, .fallback, logProbability: -0.01) == 0.5)
      #expect(confidence(text, .blocked, logProbability: -0.01) == 0)
    }
  }

  @Test func `an empty answer is nothing`() {
    #expect(confidence("") == 0)
    #expect(confidence(" \n ") == 0)
  }

  @Test func `truncation, doubt, brevity and another subject each cost`() {
    let best = confidence(good, logProbability: 0)
    #expect(abs(best - 1) < 1e-9)
    #expect(abs(confidence(good, .truncated, logProbability: 0) - 0.8) < 1e-9)
    #expect(confidence(good, logProbability: -1) < confidence(good, logProbability: -0.5))
    #expect(confidence("Le titre de votre CV.") < confidence(good))
    let elsewhere = String(repeating: "Demandez un salaire plus haut en entretien. ", count: 8)
    #expect(confidence(elsewhere) < confidence(good))
  }

  @Test(arguments: [
    (0.0, 1.0), (-0.1, 0.904_837_418), (-0.693_147_181, 0.5), (-1, 0.367_879_441), (-3, 0.049_787_068),
    (0.5, 1),
  ])
  func `certainty is e to the mean log probability`(logProbability: Double, certainty: Double) {
    #expect(abs(confidence(good, logProbability: logProbability) - certainty) < 1e-6)
  }

  @Test(arguments: [-Double.infinity, -1e300, -750, .nan, .infinity, 1e300])
  func `stays between 0 and 1 for hostile log probabilities`(logProbability: Double) {
    #expect((0...1).contains(confidence(good, logProbability: logProbability)))
  }

  @Test(arguments: [
    (SafetyConcern?.none, 1.0), (.negligible, 1), (.low, 1), (.medium, 0.8), (.high, 0.5),
  ])
  func `what the safety filter finds likely harmful counts less`(concern: SafetyConcern?, factor: Double) {
    #expect(abs(confidence(good, logProbability: 0, concern: concern) - factor) < 1e-9)
  }

  @Test func `an answer in the other language costs, one that cannot be told does not`() {
    let english = String(repeating: "Put the title of the job at the top of your CV. ", count: 8)
    let language = confidence(good, logProbability: 0) - confidence(english, logProbability: 0)
    #expect(abs(language - 0.35) < 1e-9)
    let terse = String(repeating: "CV : ATS, compétences, accroche. ", count: 10)
    #expect(abs(confidence(terse, logProbability: 0) - 1) < 1e-9)
  }

  @Test(arguments: [
    ("Oui.", 0.35), ("Je ne peux pas répondre à cette demande.", 0.55),
    ("En tant qu'IA, je ne peux pas vous aider sur ce point. Consultez un professionnel du recrutement.", 0.65),
    ("Prenez quatre pommes, de la farine, du beurre et du sucre, puis laissez cuire trente minutes au four.", 0.65),
    ("Préparez votre entretien : la méthode STAR, vos questions au recruteur, vos prétentions de salaire.", 0.5),
    ("Here is how you can improve it: start with a clear title and show what you have achieved in each job.", 0.55),
    (
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      0.65
    ),
  ])
  func `an answer that fails in one respect is not saved by the others`(text: String, most: Double) {
    #expect(confidence(text) < most)
    #expect(confidence(good) > most + 0.1)
  }

  @Test func `a short word of thanks gets a short answer without loss`() {
    let answer = Answer(text: "Avec grand plaisir ! Alessio 🤝", finish: .complete)
    #expect(AnswerReview.confidence(for: answer, message: "Merci", topic: .autre) > 0.75)
  }

  @Test func `unknown token counts stay unknown`() {
    #expect(Answer(text: "a", finish: .complete).usage == .unknown)
    #expect(TokenUsage.unknown.prompt == nil && TokenUsage.unknown.total == nil)
    #expect(Answer.Finish.allCases.map(\.rawValue) == ["complete", "truncated", "blocked", "fallback"])
  }
}

@Suite struct TidyTruncatedTests {
  @Test(arguments: [
    ("Une phrase. Une autre qui est cou", "Une phrase."),
    ("Vraiment ? Oui ! Et puis", "Vraiment ? Oui !"),
    ("Déjà fini.", "Déjà fini."),
    ("Sans aucune fin de phra", "Sans aucune fin de phra"),
    ("", ""),
    ("Appelez M. Durand et Mme. Petit demain", "Appelez M. Durand et Mme. Petit demain"),
    ("C'est clair. Voyez M. Durand pour la", "C'est clair."),
    ("Un diplôme, p. ex. un BTS ou un", "Un diplôme, p. ex. un BTS ou un"),
    ("Le CPF, la VAE, etc. Ensuite, appelez", "Le CPF, la VAE, etc."),
    ("Le CPF, la VAE, etc. sont là pour", "Le CPF, la VAE, etc. sont là pour"),
    ("Allez sur vae.gouv.fr et cherchez", "Allez sur vae.gouv.fr et cherchez"),
    ("Comptez 3.5 jours. Puis fai", "Comptez 3.5 jours."),
    ("C'est l'étape n° 3. Ensuite vou", "C'est l'étape n° 3."),
    ("Réfléchissez… Puis décid", "Réfléchissez…"),
    ("Réfléchissez... Puis décid", "Réfléchissez..."),
    ("Vous pourriez… peut-être", "Vous pourriez… peut-être"),
    ("« Parlez-moi de vous. » Ensuite le recru", "« Parlez-moi de vous. »"),
    ("Il a dit « oui ! » et pui", "Il a dit « oui ! » et pui"),
    ("(Voir plus haut.) Ensuite on", "(Voir plus haut.)"),
    ("**Bravo.** Ensuite on", "**Bravo.**"),
    ("Bravo ! 🎉 Ensuite on v", "Bravo ! 🎉"),
    ("Bon courage ! 💪🏽👩‍💻\n\nEnsui", "Bon courage ! 💪🏽👩‍💻"),
    ("Voici le plan.\n\n1. Écrire au ser", "Voici le plan."),
    ("Voici le plan :\n1. Écrire\n2. Appeler le ser", "Voici le plan :\n1. Écrire"),
    ("Le plan :\n- Écrire au service\n- Appeler\n- Rela", "Le plan :\n- Écrire au service\n- Appeler"),
    ("Fini ici.\n\n## Étape suivante\nOn commen", "Fini ici."),
    ("Fini ici.\nLes étapes :\n- Pre", "Fini ici."),
    ("Oui. Non. Peut-être. \n", "Oui. Non. Peut-être."),
    ("First. Second is cu", "First."),
  ])
  func `ends at the last sentence or list item`(text: String, tidied: String) {
    #expect(AnswerReview.tidyTruncated(text) == tidied)
  }

  @Test func `a long draft without full stops is kept`() {
    let draft = "Voici le texte. " + String(repeating: "mot, ", count: 200)
    #expect(AnswerReview.tidyTruncated(draft) == draft)
  }

  @Test func `wherever an answer is cut, what stays is its beginning and ends like a sentence`() {
    let text = OfflineAdvice.advice(topic: .cv, message: "ats")
    for length in stride(from: 0, through: text.count, by: 7) {
      let cut = String(text.prefix(length))
      let tidied = AnswerReview.tidyTruncated(cut)
      #expect(cut.hasPrefix(tidied))
      #expect(tidied == cut || tidied.last.map { ".!?…»*".contains($0) } == true, "\(tidied.suffix(40))")
    }
  }
}
