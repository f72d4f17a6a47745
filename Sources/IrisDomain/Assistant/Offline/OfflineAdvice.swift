/// The Alessio that answers when no model does: prepared advice, chosen by topic and by what the message names.
///
/// It says what it is. Nothing in it depends on the user, so it can be served at any time without a database.
package enum OfflineAdvice {
  /// The one sentence that comes first: no model, no charge, prepared advice.
  static let notice =
    "Je ne parviens pas à joindre mon modèle d'IA en ce moment : voici des conseils préparés à l'avance, et ce message "
    + "n'est pas décompté de votre quota."

  /// The same for who writes in English, and reads French advice all the same.
  static let englishNotice =
    "I cannot reach my AI model right now. Here is advice prepared beforehand, in French only; this message does not "
    + "count against your quota."

  /// A whole answer, signed; the advice itself is in French. To somebody in distress it is the help alone.
  package static func advice(topic: Topic, message: String) -> String {
    if Distress.isSigned(in: message) { return Distress.answer(nil, message: message) }
    let body = subject(topic: topic, message: message)?.text ?? topic.domain?.generalAdvice ?? generalAutre
    let notice = TextLanguage.of(message) == .english ? englishNotice : notice
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
}
