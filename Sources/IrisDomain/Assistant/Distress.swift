/// Notices signs that a user may be in danger, so that a human answer with the right numbers comes first.
///
/// Errs towards answering: a false alarm costs a kind word. What is left out are set phrases of working life
/// (« en finir avec ce boulot », « me tuer à la tâche », « un suicide professionnel »).
package enum Distress {
  package static func isSigned(in message: String) -> Bool {
    let words = FrenchWords.words(in: message)
    if certain.matches(words) { return true }
    return possible.matches(words) && possible.matches(withoutSetPhrases(words))
  }

  /// The words with each set phrase cut out, so that a sign elsewhere in the message still counts.
  private static func withoutSetPhrases(_ words: [String]) -> [String] {
    var kept: [String] = []
    var index = words.startIndex
    while index < words.endIndex {
      if let phrase = setPhrases.first(where: { words[index...].starts(with: $0) }) {
        index += phrase.count
      } else {
        kept.append(words[index])
        index += 1
      }
    }
    return kept
  }

  /// Signs no context excuses.
  private static let certain = WordPatterns(
    list(
      """
      en finir avec la vie, en finir avec ma vie, en finir avec cette vie, en finir avec tout, en finir avec moi,
      mettre fin a mes jours, mettre fin a ma vie, mettre fin a tout, mettre un terme a ma vie,
      mettre un terme a mes jours, fin a mes jours, me pendre, me jeter sous, me jeter par, me jeter du, me jeter d un,
      me foutre en l air, m ouvrir les veines, me tailler les veines, me faire du mal, automutil*,
      avaler des medicaments, avaler tous mes, envie de mourir, envi de mourir, envie de disparaitre, envie de crever,
      veux plus vivre, peux plus vivre, plus vivre comme ca, continuer a vivre, plus la force de vivre,
      pas la force de vivre, plus de raison de vivre, aucune raison de vivre, perdu le gout de vivre,
      plus le gout de vivre, plus gout a la vie, quoi bon vivre, a quoi sert de vivre, veux mourir, voudrais mourir,
      aimerais mourir, prefere mourir, preferais mourir, prefererais mourir, veux disparaitre, voudrais disparaitre,
      aimerais disparaitre, veux crever, veux plus etre la, voudrais etre mort*, voudrais ne plus etre la,
      ne plus me reveiller, mieux mort, mieux morte, mieux si j etais mort*, seraient mieux sans moi,
      serait mieux sans moi, vie ne vaut plus, vie ne vaut pas, vie ne vaut rien, vie n a plus de sens,
      vie n a plus aucun sens, idees noires, pensees noires, penser a la mort, pense a la mort, pense a mourir,
      kill myself, killing myself, end my life, end it all, want to die, wanna die, better off dead, hurt myself,
      no reason to live
      """))

  /// Signs that also occur in the set phrases below.
  private static let possible = WordPatterns(
    list("suicid*, suissid*, en finir, me tuer, me supprimer, me scarifi*, envie de vivre, envi de vivre, vais mourir"))

  private static let setPhrases: [[String]] = list(
    """
    prevention du suicide, prevention suicide, suicide professionnel, suicide commercial, suicide economique,
    suicide financier, suicide de carriere, en finir avec, me tuer a la tache, me tuer au travail, me tuer au boulot,
    me supprimer mon, me supprimer ma, me supprimer mes, me supprimer le, me supprimer la, me supprimer des,
    me sacrifier, me sacrifie, me sacrifiee, envie de vivre de, envie de vivre autre, envie de vivre une nouvelle,
    envie de vivre mieux, envie de vivre a, envie de vivre ma, envie de vivre en, mourir de stress, mourir de trac,
    mourir de honte, mourir de rire, mourir d ennui, mourir de faim, mourir de peur
    """
  ).map { $0.split(separator: " ").map(String.init) }

  private static func list(_ text: String) -> [String] {
    text.split(whereSeparator: { $0 == "," || $0 == "\n" })
      .map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty }
  }
}
