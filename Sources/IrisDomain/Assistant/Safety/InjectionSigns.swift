/// The words of `Injection`, spelt as `FrenchWords` spells them.
enum InjectionSigns {
  /// Verbs of one word, and what follows one within a few words.
  typealias Table = (verbs: String, objects: String)

  static let orders: [Table] = [
    (
      """
      ignore, ignores, ignorez, ignorer, oublie, oublies, oubliez, oublier, contourne, contourner, contournez, outrepasse,
      desactive, desactivez, annule, annulez, efface, effacez, remplace, remplacez, enfreins, transgresse
      """,
      """
      les instruction*, tes instruction*, vos instruction*, toute* instruction*, les consigne*, tes consigne*,
      vos consigne*, toute* consigne*, les regles, tes regles, vos regles, toute* regles, ce qui precede,
      ce qui est ecrit, le prompt, ton prompt, tes filtre*, les filtres de, tes limite*, ta programmation, le cadre,
      ton cadre, message precedent, messages precedents
      """
    ),
    (
      """
      repete, repetez, recite, recitez, affiche, affichez, revele, revelez, montre, montrez, donne, donnez, imprime, ecris,
      traduis, traduisez, resume, resumez, copie, copiez, divulgue, dis, liste
      """,
      """
      tes instruction*, vos instruction*, tes consigne*, vos consigne*, tes regles, vos regles, ton prompt, votre prompt,
      le prompt, prompt systeme, ton message systeme, le message systeme, la cle api, ta cle, tes cles, la cle d api,
      le mot de passe, les mots de passe, les secrets, tes secrets, variables d environnement, donnees des autres,
      messages des autres, conversations des autres, profils des autres, profil des autres, texte au dessus,
      tout ce qui precede, liste des utilisateurs
      """
    ),
    (
      "ignore, disregard, forget, override, bypass, skip, drop, discard",
      """
      all previous, the previous, previous instruction*, prior, your previous, any previous, all above, the above,
      everything above, all instructions, your instructions, the instructions, these instructions, all rules, the rules,
      your rules, your guidelines, the system, system prompt, everything you, what you were told
      """
    ),
    (
      "reveal, repeat, print, show, output, display, leak, give, tell, dump, translate",
      """
      your system, your prompt, system prompt, your instructions, your rules, your initial, the initial, the prompt,
      the text above, everything above, the words above, api key, api keys, the password, environment variables,
      other users, other user, all users, your hidden, hidden instructions
      """
    ),
  ]

  static let phrases = list(
    """
    jailbreak*, do anything now, mode dan, tu es dan, you are dan, dan mode, developer mode, mode developpeur,
    mode developer, mode debug, debug mode, god mode, mode dieu, mode admin, admin mode, mode administrateur, sudo mode,
    mode root, mode sans filtre, mode sans restriction, sans aucune restriction, sans aucun filtre, no restrictions,
    without restrictions, unfiltered, assistant sans, ia sans limite*, ia sans filtre*, ia sans regle*, etais sans filtre*,
    etais sans regle*, etais sans limite*, tu n es plus alessio, n es plus alessio, tu es maintenant, tu es desormais,
    vous etes maintenant, fais comme si tu n avais, you are now, you are no longer, from now on you,
    act as if you have no, pretend you are, pretend to be, new instructions, nouvelles instructions,
    nouvelle instruction pour, nouvelles consignes, system prompt, prompt systeme, system override, override system,
    instructions systeme, prompt injection, injection de prompt, message du systeme, message systeme, system message,
    ordre du developpeur, message de l administrateur, maintenance mode, mode maintenance, autres utilisateurs,
    donnees d un autre utilisateur, conversations des autres, other users data, other user s data, data of other users,
    cle api, cles api, cle d api, api key, api keys, instructions precedentes, consignes precedentes,
    previous instructions, prior instructions, consignes secretes, instructions cachees, fin du cadre, fin du contexte,
    fin du message, fin du profil, debut du cadre, end of context, end of prompt, begin system, decode ce base64,
    decode this, base64, rot13
    """)

  static func list(_ text: String) -> [String] {
    text.split(whereSeparator: { $0 == "," || $0 == "\n" })
      .map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty }
  }
}
