/// The Alessio that answers when no model does: prepared advice, chosen by topic and by what the message names.
///
/// It says what it is. Nothing in it depends on the user, so it can be served at any time without a database.
package enum OfflineAdvice {
  /// The one sentence that comes first: no model, no charge, prepared advice.
  static let notice =
    "Je ne parviens pas à joindre mon modèle d'IA en ce moment : voici des conseils préparés à l'avance, et ce message "
    + "n'est pas décompté de votre quota."

  /// A whole answer in French, signed. Signs of distress come before any topic.
  package static func advice(topic: Topic, message: String) -> String {
    if Distress.isSigned(in: message) { return distress }
    let body = subject(topic: topic, message: message)?.text ?? topic.domain?.generalAdvice ?? generalAutre
    return "\(notice)\n\n\(body)\n\n\(Alessio.signature)"
  }

  /// The advice that the message asks for. One without a topic is matched against all domains, and has to name its
  /// subject: a hint means little outside its domain.
  private static func subject(topic: Topic, message: String) -> Advice? {
    let words = TopicClassifier.words(in: message)
    if let finder = AdviceFinder.finder(for: topic) { return finder.find(in: words)?.choice.advice }
    let found = Topic.allCases.compactMap {
      AdviceFinder.finder(for: $0)?.find(in: words, least: AdviceFinder.signWeight)
    }
    return found.max { $0.sum < $1.sum }?.choice.advice
  }

  private static let generalAutre = """
    En attendant, voici comment avancer par vous-même selon votre situation :

    - **Changer de métier** : écrivez ce que vous voulez garder, quitter et trouver, puis prenez rendez-vous avec un \
    conseiller en évolution professionnelle (CEP). C'est gratuit, confidentiel et ouvert à tous les actifs.
    - **Votre CV** : une page, le titre du poste visé en haut, trois réalisations par expérience plutôt qu'une liste de tâches.
    - **Une lettre** : partez du besoin de l'entreprise, apportez une preuve, proposez un échange.
    - **Un entretien** : préparez trois histoires vécues avec la méthode STAR (situation, tâche, action, résultat).
    - **Votre recherche** : chaque semaine, cinq entreprises ciblées et deux conversations avec des gens du métier.

    Dites-moi en une phrase où vous en êtes, ce que vous visez et ce qui bloque : je pourrai vous répondre plus \
    précisément, même dans ce mode.
    """

  private static let distress = """
    Ce que vous écrivez compte, et je le prends au sérieux. Quand la douleur devient aussi lourde, vous ne devez pas la \
    porter seul·e, et il n'y a aucune honte à demander de l'aide.

    Appelez maintenant le **3114**, le numéro national de prévention du suicide : c'est gratuit et confidentiel, 24 h/24 et \
    7 j/7. Des professionnels de santé formés vous écoutent sans vous juger. Un proche inquiet peut aussi les appeler.

    Si vous êtes en danger immédiat, ou si vous avez déjà fait quelque chose pour vous blesser, appelez le **15** (Samu) \
    ou le **112**, ou écrivez par SMS au **114**. Si vous le pouvez, éloignez-vous de ce qui pourrait vous faire du mal \
    et rejoignez quelqu'un.

    Parlez à une personne de confiance dès aujourd'hui : un ami, un parent, un voisin, votre médecin. Vous pouvez lui dire \
    simplement : « Je vais très mal, peux-tu rester avec moi ? » En dehors de la France, appelez le numéro d'urgence de \
    votre pays.

    La carrière peut attendre. Ce qui vous arrive peut s'alléger avec de l'aide, même si cela paraît impossible ce soir.

    (Ce message a été préparé à l'avance ; il n'est pas décompté de votre quota.)

    \(Alessio.signature)
    """
}
