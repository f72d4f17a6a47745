/// Which questions and answers may be shared between users through the answer cache.
///
/// Both rules admit what they know to be harmless rather than refuse what they know to be harmful: a miss costs one model
/// call, a wrong hit shows one person's matter, or an attacker's words, to another. That the turn is the first and has no
/// profile, context or history is for the caller to see.
package enum CacheRules {
  /// Longest question, in Unicode scalars.
  private static let longestQuestion = 200
  /// Longest answer, in Unicode scalars.
  private static let longestAnswer = 6_000

  /// Whether a question is short, impersonal and plain: Latin letters, the usual punctuation, single spaces.
  package static func permitsQuestion(_ message: String) -> Bool {
    let scalars = message.unicodeScalars
    guard (1...longestQuestion).contains(scalars.count), scalars.allSatisfy(isPlain), scalars.contains(where: isLetter),
      !namesSomebody(message), !hasInnerDot(message)
    else { return false }
    return !personal.matches(FrenchWords.words(in: message)) && !Distress.isSigned(in: message)
      && !Injection.isSuspected(in: message)
  }

  /// Whether an answer is whole, harmless and leads nowhere but to well-known public sites.
  package static func permitsAnswer(_ answer: Answer) -> Bool {
    let text = answer.text
    guard answer.finish == .complete, answer.block == nil, answer.concern ?? .negligible <= .low,
      text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }),
      text.unicodeScalars.count <= longestAnswer
    else { return false }
    return !text.unicodeScalars.contains { $0 == "@" || $0 == "＠" } && !InvisibleText.isFound(in: text)
      && !UntrustedText.hasMarkup(text) && !hasLongNumber(text) && PublicSites.areOnlyOnes(in: text)
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0xFF, 0x152, 0x153, 0x178: true
    default: false
    }
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    isLetter(scalar) || " \u{A0}\u{202F}'’,.;:!?…-–—«»()\"“”".unicodeScalars.contains(scalar)
  }

  /// A dot with a letter right after it may be an address.
  private static func hasInnerDot(_ message: String) -> Bool {
    zip(message.unicodeScalars, message.unicodeScalars.dropFirst()).contains {
      ".:".unicodeScalars.contains($0) && isLetter($1)
    }
  }

  /// Five digits in a row, or nine with single separators between them: a postcode with more, a telephone number.
  private static func hasLongNumber(_ text: String) -> Bool {
    var (row, total, gap) = (0, 0, 0)
    for scalar in text.unicodeScalars {
      if isDigit(scalar) {
        (row, total, gap) = (row + 1, total + 1, 0)
        if row >= 5 || total >= 9 { return true }
      } else {
        gap += 1
        row = 0
        if gap > 1 || !" \u{A0}\u{202F}.-/".unicodeScalars.contains(scalar) { total = 0 }
      }
    }
    return false
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x80
      ? (0x30...0x39).contains(scalar.value) : scalar.value > 0x2FF && scalar.properties.numericType != nil
  }

  /// Whether a word that is no known term has a capital letter, unless it opens the message and usually does so.
  private static func namesSomebody(_ message: String) -> Bool {
    let words = message.split { character in !character.unicodeScalars.allSatisfy(isLetter) }
    return words.enumerated().contains { index, word in
      guard word.contains(where: \.isUppercase), !knownTerms.contains(String(word)) else { return false }
      let rest = word.dropFirst()
      let opener = FrenchWords.words(in: String(word)).joined()
      return index > 0 && !followsStop(word, in: message) || rest.contains(where: \.isUppercase)
        || !openers.contains(opener)
    }
  }

  /// Whether a word opens a sentence or a quotation inside the message.
  private static func followsStop(_ word: Substring, in message: String) -> Bool {
    let before = message[..<word.startIndex].reversed().first { !$0.isWhitespace }
    return before.map { ".!?…:«“\"(".contains($0) } ?? true
  }

  private static let knownTerms: Set<String> = [
    "CV", "CPF", "VAE", "ATS", "STAR", "ROME", "LinkedIn", "Linkedin", "France", "Travail", "Transitions", "Pro",
    "APEC",
    "Apec", "RNCP", "PTP", "CEP", "CDI", "CDD", "RH", "DRH", "IA", "BTS", "BUT", "DUT", "CAP", "BEP", "CIF", "AFPA",
    "Afpa", "OPCO", "Cap", "Emploi", "PMSMP", "RQTH", "SMIC", "RTT", "PME", "TPE", "ESS", "BPF", "CléA", "TOEIC",
    "Europe",
    "Alessio", "Internet", "Excel", "Word", "Indeed", "Malt", "GitHub", "HR", "I", "English", "French",
  ]

  private static let openers: Set<String> = Set(
    """
    a accroche ai aide aidez apres as au avant avec avez bonjour bonsoir c ca ce ces cette chez combien comment comme d dans de
    depuis des devrais devrait dis dites dois doit donne donnez dites du elle en entretien est et etre exemple existe expliquer explique
    expliquez faire fait faudrait faut financer formation il ils j jai je juste l la le les lettre leur lorsque mais me merci mes methode mieux mon ma n
    ne nos notre ok on ou oui par parlez parle passer peut peux plutot pour pourquoi pourrais pouvez puis qu quand que
    quel quelle quelles quels qui quoi quelqu quelque quels reconversion rediger redige sa salut sans se serait si sinon son sous
    suis sur ta te tes toi ton trouver tous tout toute tu un une veux vers vos votre vous y
    an am are can could do does explain give hello help hi how if in is it its my please should tell the there thanks
    to was what when where which who why will with would write
    """.split(whereSeparator: \.isWhitespace).map(String.init))

  /// What makes a message somebody's own although it has no capitals: who they say they are, an employer, an age, a
  /// place, a family. « Je suis » and « j'ai » go before names, illnesses and beliefs as before trades, so both stay out.
  private static let personal = WordPatterns([
    "je suis", "j ai", "jai", "moi c est", "je bosse", "je travaille", "ma soeur", "mon frere", "ma mere", "mon pere",
    "i am", "i m", "im", "i have", "i ve", "m appelle", "mon nom", "mon prenom", "mon adresse", "mon mail", "mon email",
    "mon telephone", "mon numero",
    "my name",
    "my address", "my email", "my phone", "i am called", "chez", "j habite", "je vis", "je viens de", "ne le", "nee le",
    "mon patron", "mon chef", "ma chef", "ma cheffe", "mon manager", "ma manager", "mon collegue", "ma collegue",
    "mon mari", "ma femme", "mon fils", "ma fille", "mon enfant", "mes enfants", "ma maladie", "mon handicap",
    "mon cancer", "enceinte", "divorc*", "monsieur", "madame", "mr", "mme", "my boss", "my wife", "my husband",
    "mon entreprise s appelle", "i live", "i work at", "i work for",
  ])
}
