/// What the user reads when the provider's safety filter withheld an answer: no reproach, what happened, and a way on.
///
/// Unlike an outage the service works, so trying the same again helps nobody: each text says what to change.
package enum BlockedAdvice {
  /// - Parameters:
  ///   - block: what was withheld and why; nil when the provider didn't say.
  ///   - english: the person writes in English.
  package static func text(block: Block? = nil, topic: Topic, english: Bool = false) -> String {
    let stage = block?.stage ?? .answer
    let reason = block?.reason ?? .other
    return english ? englishText(stage, reason, topic) : frenchText(stage, reason, topic)
  }

  private static func frenchText(_ stage: Block.Stage, _ reason: Block.Reason, _ topic: Topic) -> String {
    """
    \(stage == .question ? frenchQuestion : frenchAnswer) \(frenchReason(reason)) Le service fonctionne, et cela ne dit rien \
    de vous : ce filtre est prudent et se trompe parfois.

    Voici ce que vous pouvez essayer :
    - \(frenchStep(reason))
    - \(example(for: topic))

    Si vous vivez du harcèlement, une discrimination ou des violences au travail, vous pouvez en parler au médecin du travail, à \
    l'inspection du travail ou au Défenseur des droits. Et si vous allez très mal, le 3114 répond gratuitement, 24 h/24 et 7 j/7.

    \(Alessio.signature)
    """
  }

  private static let frenchQuestion =
    "Je n'ai pas pu répondre : le filtre de sécurité du modèle a retenu votre message."
  private static let frenchAnswer =
    "Je n'ai pas pu aller au bout de cette réponse : le filtre de sécurité du modèle l'a arrêtée."

  private static func frenchReason(_ reason: Block.Reason) -> String {
    switch reason {
    case .safety: "Il y a vu un propos qui pourrait blesser quelqu'un."
    case .recitation: "Le texte ressemblait trop à un document publié par quelqu'un d'autre."
    case .language: "Il ne reconnaît pas bien cette langue."
    case .prohibited: "Il y a vu un contenu qu'il n'accepte dans aucun cas."
    case .personalData: "Il y a vu des données personnelles sensibles."
    case .other: "Il ne dit pas pourquoi."
    }
  }

  private static func frenchStep(_ reason: Block.Reason) -> String {
    switch reason {
    case .safety:
      "reformulez en décrivant la situation professionnelle, avec des mots neutres, sans citer d'insultes ni de scènes difficiles ;"
    case .recitation:
      "reformulez en demandant un texte à votre façon, à partir de vos propres notes, plutôt qu'un modèle connu ;"
    case .language: "reformulez en français ou en anglais, en phrases simples ;"
    case .prohibited:
      "reformulez en vous tenant à la situation professionnelle, sans les passages qui n'y sont pas utiles ;"
    case .personalData:
      "reformulez sans numéro, adresse, donnée de santé ni nom d'autres personnes : le conseil n'en a pas besoin ;"
    case .other: "reformulez avec des mots neutres, une seule question à la fois, sans données sur d'autres personnes ;"
    }
  }

  private static func example(for topic: Topic) -> String {
    switch topic {
    case .reconversion:
      "posez une question précise, par exemple : « Quelles étapes pour passer de [métier actuel] à [métier visé] ? »"
    case .cv:
      "montrez-moi une seule rubrique à la fois, par exemple : « Comment améliorer cette ligne de mon CV : … ? »"
    case .lettre:
      "avancez par paragraphe, par exemple : « Propose une accroche pour un poste de [métier] chez [entreprise]. »"
    case .entretien:
      "demandez une question d'entretien à la fois, par exemple : « Comment parler d'un départ difficile sans critiquer ? »"
    case .strategie:
      "dites le but plutôt que le conflit, par exemple : « Comment retrouver un poste après un départ compliqué ? »"
    case .autre:
      "reliez votre question au travail, par exemple : « Comment présenter cette période dans mon CV ? »"
    }
  }
}

extension BlockedAdvice {
  fileprivate static func englishText(_ stage: Block.Stage, _ reason: Block.Reason, _ topic: Topic) -> String {
    """
    \(stage == .question ? englishQuestion : englishAnswer) \(englishReason(reason)) The service is working, and this says \
    nothing about you: the filter is cautious and sometimes wrong.

    Here is what you can try:
    - \(englishStep(reason))
    - \(englishExample(for: topic))

    If you face harassment, discrimination or violence at work, you can talk to the occupational doctor (médecin du travail), \
    the labour inspectorate or the Défenseur des droits. And if you feel very low, 3114 (France) answers free of charge, 24/7.

    \(Alessio.signature)
    """
  }

  private static let englishQuestion = "I could not answer: the model's safety filter held your message back."
  private static let englishAnswer = "I could not finish this answer: the model's safety filter stopped it."

  private static func englishReason(_ reason: Block.Reason) -> String {
    switch reason {
    case .safety: "It saw something that might hurt somebody."
    case .recitation: "The text was too close to something that somebody else published."
    case .language: "It does not know this language well."
    case .prohibited: "It saw content that it never accepts."
    case .personalData: "It saw sensitive personal data."
    case .other: "It does not say why."
    }
  }

  private static func englishStep(_ reason: Block.Reason) -> String {
    switch reason {
    case .safety: "rephrase: describe the situation at work in neutral words, without quoting insults or harsh scenes;"
    case .recitation: "rephrase: ask for a text of your own, from your own notes, rather than a known model;"
    case .language: "rephrase in French or English, in plain sentences;"
    case .prohibited: "rephrase: keep to the situation at work and leave out what it does not need;"
    case .personalData: "rephrase without numbers, addresses, health details or other people's names;"
    case .other: "rephrase in neutral words, one question at a time, without details about other people;"
    }
  }

  private static func englishExample(for topic: Topic) -> String {
    switch topic {
    case .reconversion: "ask something precise, such as: “What steps take me from [current job] to [new job]?”"
    case .cv: "show me one section at a time, such as: “How can I improve this line of my CV: …?”"
    case .lettre: "go paragraph by paragraph, such as: “Suggest an opening for a [job] position at [company].”"
    case .entretien: "ask for one interview question at a time, such as: “How do I explain leaving a hard job fairly?”"
    case .strategie: "name the goal rather than the conflict, such as: “How do I find a job after a difficult exit?”"
    case .autre: "link your question to work, such as: “How do I present this period in my CV?”"
    }
  }
}
