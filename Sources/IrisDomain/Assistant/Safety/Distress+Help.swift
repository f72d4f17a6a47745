extension Distress {
  /// What a person in distress reads first, whatever a model says.
  ///
  /// Numbers: 3114 (Ministère de la Santé), 15 and 112, 114 by SMS, SOS Amitié, Fil Santé Jeunes (12 to 25 years), 119
  /// Allô Enfance en danger. The 3114 also advises who fears for somebody else (3114.fr).
  package static let help = """
    Merci de l'avoir écrit : je le prends au sérieux. Vous comptez, et vous n'avez pas à porter cela seul·e.

    Appelez maintenant le **3114** : gratuit, confidentiel, 24 h/24 et 7 j/7. Des professionnels formés vous écoutent, sans \
    vous juger ; ils conseillent aussi qui s'inquiète pour un proche.

    - Danger immédiat, ou geste déjà fait : le **15** (Samu) ou le **112** ; par SMS, le **114**.
    - Pour parler à quelqu'un, de jour comme de nuit : SOS Amitié, **09 72 39 40 50**.
    - Si vous avez entre 12 et 25 ans : Fil Santé Jeunes, **0 800 235 236** ; enfants et adolescents en danger : le **119**.

    Ne restez pas seul·e : rejoignez ou appelez une personne de confiance et dites-lui simplement que ça ne va pas. \
    Hors de France, appelez le numéro d'urgence de votre pays. Le reste peut attendre.
    """

  /// `help` for somebody who writes in English.
  package static let helpEnglish = """
    Thank you for telling me. I take it seriously: you matter, and you don't have to carry this alone.

    Please call **3114** now (France): free, confidential, 24 hours a day. Trained professionals listen without judging; \
    they also advise anyone who fears for somebody else.

    - In immediate danger, or if you have already hurt yourself: **15** or **112**; by text message, **114**.
    - To talk to someone, day or night: SOS Amitié, **09 72 39 40 50**.
    - In English, at certain hours of the day: SOS Help, **01 46 21 46 46**.
    - If you are between 12 and 25: Fil Santé Jeunes, **0 800 235 236**; children in danger: **119**.

    Please don't stay alone: join or call someone you trust and tell them you are not well. Outside France, call your \
    country's emergency number. Everything else can wait.
    """

  /// The whole answer to a message with signs of distress: help first, then what the model said, if that is fit to be
  /// read now.
  /// - Parameter modelAnswer: nil when no model answered, or it was blocked.
  package static func answer(_ modelAnswer: String?, message: String) -> String {
    let help = TextLanguage.of(message) == .english ? helpEnglish : help
    let said = modelAnswer.map(Normalisation.clean) ?? ""
    guard !said.isEmpty, !isHarmful(said) else { return "\(help)\n\n\(Alessio.signature)" }
    return "\(help)\n\n\(said)"
  }

  /// Whether a model's words agree with the wish to die, or name means: such words are not passed on.
  private static func isHarmful(_ answer: String) -> Bool {
    harmful.matches(FrenchWords.words(in: answer))
  }

  private static let harmful = WordPatterns([
    "vous devriez mourir", "tu devrais mourir", "mieux de mourir", "suicidez vous", "suicide toi", "tuez vous",
    "tue toi", "raison de vouloir mourir", "bonne idee de mourir", "dose mortelle", "dose letale", "surdose de",
    "sans douleur de mourir", "methode de suicide", "methodes de suicide", "moyen de mourir", "comment se pendre",
    "noeud coulant", "kill yourself", "you should die", "better off dead", "lethal dose", "painless way",
    "way to die", "go ahead and die", "personne ne vous regrettera", "personne ne te regrettera",
  ])
}
