/// Notices attempts to steer the model from inside a message, a profile or shared data.
///
/// It blocks nobody, and nothing relies on it to keep rules: blocks and their marks do that (`UntrustedText`). A suspect
/// turn stays out of the answer cache and is counted.
package enum Injection {
  package static func isSuspected(in text: String) -> Bool {
    if hidesText(text) || UntrustedText.imitatesTag(text) || hasEncodedBlob(text) { return true }
    let words = FrenchWords.words(in: text)
    return signs.matches(words) || signs.matches(joiningLetters(words))
  }

  /// Characters that no keyboard gives by accident: tag characters, direction overrides, several zero-width characters
  /// or one inside a word, letters of two scripts in one word.
  private static func hidesText(_ text: String) -> Bool {
    var isAfterLetter = false
    var scripts: Set<Script> = []
    for (scalar, next) in zip(text.unicodeScalars, text.unicodeScalars.dropFirst().map(Optional.some) + [nil]) {
      switch scalar.value {
      case 0xE0000...0xE007F, 0x202D, 0x202E, 0x2066...0x2068, 0xE0100...0xE01EF: return true
      case 0x200B, 0x200C, 0x2060...0x2064, 0xFEFF:
        if isAfterLetter, next?.properties.isAlphabetic == true { return true }
      default: break
      }
      isAfterLetter = scalar.properties.isAlphabetic
      if !isAfterLetter { scripts = [] } else if let script = Script(scalar) { scripts.insert(script) }
      if scripts.count > 1 { return true }
    }
    return false
  }

  /// Scripts whose letters look like each other's.
  private enum Script {
    case latin, greek, cyrillic

    init?(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F: self = .latin
      case 0x370...0x3FF: self = .greek
      case 0x400...0x52F: self = .cyrillic
      default: return nil
      }
    }
  }

  /// A run of Base64 or hexadecimal digits, longer than any word, reference or address has one.
  private static func hasEncodedBlob(_ text: String) -> Bool {
    var (length, kinds) = (0, Set<Int>())
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): kinds.insert(0)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): kinds.insert(1)
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "="): kinds.insert(2)
      default:
        (length, kinds) = (0, [])
        continue
      }
      length += 1
      if length >= shortestBlob && kinds.count > 1 { return true }
    }
    return false
  }

  private static let shortestBlob = 32

  /// « i g n o r e » as one word: runs of single letters are joined.
  private static func joiningLetters(_ words: [String]) -> [String] {
    var joined: [String] = []
    var run = ""
    for word in words {
      if word.utf8.count == 1 {
        run += word
      } else {
        if !run.isEmpty { joined.append(run) }
        run = ""
        joined.append(word)
      }
    }
    return run.isEmpty ? joined : joined + [run]
  }

  private static let signs = WordPatterns(InjectionSigns.patterns)
}

/// The words of `Injection`, spelt as `FrenchWords` spells them.
enum InjectionSigns {
  static let patterns = french.flatMap(product) + english.flatMap(product) + names

  /// Every verb with every object: « oublie » with « toutes les règles ».
  private typealias Table = (verbs: String, objects: String)

  private static let french: [Table] = [
    (
      "ignore, ignores, ignorez, ignorer, oublie, oublies, oubliez, oublier, contourne, contourner, contournez, outrepasse, "
        + "desactive, desactivez, annule, annulez, efface, effacez, remplace, remplacez, enfreins, transgresse",
      "instruction*, les instruction*, tes instruction*, vos instruction*, toutes les instruction*, toute instruction*, "
        + "toutes tes instruction*, consigne*, les consigne*, tes consigne*, vos consigne*, toutes les consigne*, "
        + "toutes tes consigne*, les regle*, tes regle*, vos regle*, toutes les regle*, toutes tes regle*, "
        + "ce qui precede, tout ce qui precede, tout ce qui est ecrit, le prompt, ton prompt, tes filtre*, les filtre*, "
        + "tes limite*, ta programmation, le cadre, ton cadre, le message precedent, les messages precedents"
    ),
    (
      "repete, repetez, recite, recitez, affiche, affichez, revele, revelez, montre, montrez, donne, donnez, imprime, ecris, "
        + "traduis, traduisez, resume, copie, copiez, divulgue, dis, dis moi, montre moi, donne moi, affiche moi",
      "tes instruction*, vos instruction*, tes consigne*, vos consigne*, tes regles, vos regles, ton prompt, votre prompt, "
        + "le prompt, prompt systeme, ton message systeme, le message systeme, la cle api, ta cle, ta cle api, tes cles, "
        + "la cle d api, les cles, le mot de passe, les mots de passe, les secrets, tes secrets, les variables d environnement, "
        + "les donnees des autres, les messages des autres, les conversations des autres, les profils des autres, "
        + "le profil des autres, le texte au dessus, tout ce qui precede, mot pour mot tes, la liste des utilisateurs"
    ),
    (
      "tu es maintenant, tu es desormais, vous etes maintenant, a partir de maintenant tu, fais comme si tu, joue le role, "
        + "tu n es plus, comporte toi comme, agis comme si tu, simule",
      "un autre assistant, une autre ia, une ia, un chatbot, un hacker, un pirate, sans regle*, sans limite*, sans filtre*, "
        + "sans restriction*, etais sans, n avais aucune, n avais pas de, alessio, libre de, un assistant, d un assistant sans, d une ia, administrateur, "
        + "l administrateur, un terminal, en mode"
    ),
  ]

  private static let english: [Table] = [
    (
      "ignore, disregard, forget, override, bypass, skip, drop, discard",
      "all previous, the previous, previous, prior, all prior, your previous, any previous, all above, the above, "
        + "everything above, all instructions, your instructions, the instructions, all your instructions, these instructions, "
        + "all rules, the rules, your rules, your guidelines, the system, system prompt, everything you, what you were told"
    ),
    (
      "reveal, repeat, print, show, show me, output, display, leak, give me, tell me, dump, translate",
      "your system, your prompt, the system prompt, system prompt, your instructions, your rules, your initial, the initial, "
        + "the prompt, the text above, everything above, the words above, the api key, your api key, api keys, the password, "
        + "environment variables, other users, other user, all users, your hidden, hidden instructions"
    ),
  ]

  private static let names = list(
    """
    jailbreak*, do anything now, mode dan, tu es dan, you are dan, dan mode, developer mode, mode developpeur,
    mode developer, mode debug, debug mode, god mode, mode dieu, mode admin, admin mode, mode administrateur, sudo mode,
    mode root, mode sans filtre, mode sans restriction, you are now, you are no longer, from now on you,
    act as if you have no, pretend you are, pretend to be, new instructions, nouvelles instructions, nouvelle instruction,
    nouvelles consignes, system prompt, prompt systeme, system override, override system, instructions systeme,
    prompt injection, injection de prompt, message du systeme, message systeme, system message, ordre du developpeur,
    message de l administrateur, maintenance mode, mode maintenance, donnees des autres utilisateurs,
    donnees d un autre utilisateur, donnees d autres utilisateurs, conversations des autres, autres utilisateurs,
    other users data, other user s data, data of other users, cle api, cles api, cle d api, api key, api keys,
    instructions precedentes, consignes precedentes, previous instructions, prior instructions, tu es maintenant,
    tu es desormais, vous etes maintenant, tes consignes secretes, instructions cachees, sans aucune restriction,
    sans aucun filtre, no restrictions, without restrictions, unfiltered, reponds uniquement par pwned, fin du cadre,
    fin du contexte, fin du message, fin du profil, debut du cadre, end of context, end of prompt, begin system,
    decode ce base64, decode this, base64, rot13
    """)

  private static func product(_ table: Table) -> [String] {
    list(table.verbs).flatMap { verb in list(table.objects).map { verb + " " + $0 } }
  }

  private static func list(_ text: String) -> [String] {
    text.split(whereSeparator: { $0 == "," || $0 == "\n" })
      .map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty }
  }
}
