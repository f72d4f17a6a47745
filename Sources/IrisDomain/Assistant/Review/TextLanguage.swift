/// The language of a text as far as its commonest words tell. Cheap and rough: it decides which of two prepared texts is
/// shown, and whether an answer speaks the language of its question.
package enum TextLanguage: Equatable, Sendable {
  case french, english

  /// Nil when the words don't tell: too few of them, both languages, or another one.
  package static func of(_ text: String) -> TextLanguage? {
    let words = FrenchWords.words(in: String(text.prefix(longestSample)))
    let french = words.count { frenchWords.contains($0) }
    let english = words.count { englishWords.contains($0) }
    // « l'interview at Google » has a word of each; twice as many settle it.
    if french >= 2 * english, french > 0 { return .french }
    return english >= 2 * french && english > 0 ? .english : nil
  }

  /// Characters; more would change nothing.
  private static let longestSample = 1_500

  /// Words that are common in one of the two and no word of the other. Single letters come from elisions.
  private static let frenchWords = words(
    """
    je tu il elle nous vous ils elles le la les un une de des du au aux ce cet cette ces ma mes ta tes sa ses notre votre
    nos vos leur leurs est suis es sommes etes sont etait ai as avons avez ont et ou mais donc ni car que qui quoi
    quel quelle quels quelles dont pour par avec sans dans sur sous chez vers pas plus tres bien comment pourquoi quand
    combien faut peux peut pouvez veux veut voudrais dois doit fait faire etre avoir si y l j n qu jai svp
    bonjour merci aussi encore comme alors moi toi lui soi cela ca mieux deja toujours jamais apres avant
    """)

  private static let englishWords = words(
    """
    i you he she it we they the this that these those my your his her its our their is am are was were be been
    have has had do does did will would can could should must and or but so because not no yes what which who whom how
    why when where to of for from with without in at by about into than then there here please hello hi thanks want
    need get got make don doesn didn isn aren can won im ive
    """
  ).subtracting(frenchWords)

  private static func words(_ text: String) -> Set<String> {
    Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
  }
}
