import IrisDomain
import Testing

@Suite struct TopicClassifierTests {
  @Test(arguments: [
    ("Je veux changer de MÉTIER", Topic.reconversion),
    ("je veux changer de metier", .reconversion),
    ("je veux changer de me\u{301}tier", .reconversion),
    ("je veux chan\u{200B}ger de mé\u{AD}tier", .reconversion),
    ("ma leettre de motivation", .lettre),
    ("ma lttre", .lettre),
    ("mon entertien d’embauche", .entretien),
    ("mon profil LINKEDIN", .strategie),
    ("mon C.V.", .cv),
    ("la V.A.E. pour moi", .reconversion),
    ("", .autre),
    ("   \n\t", .autre),
    ("Как дела?", .autre),
  ])
  func `accents, typing errors and invisible characters don't matter`(message: String, topic: Topic) {
    #expect(TopicClassifier.classify(message) == topic)
  }

  @Test func `a tie between two topics is other`() {
    #expect(TopicClassifier.classify("salaire et réseau") == .autre)
  }

  @Test func `common words near a pattern are not taken for it`() {
    #expect(TopicClassifier.classify("Je suis salarié") == .autre)
    #expect(TopicClassifier.classify("Je suis en bonne santé") == .autre)
    #expect(TopicClassifier.classify("Bonjour à tous") == .autre)
  }

  @Test func `repeating one word does not drown the question`() {
    let paste = String(repeating: "formation ", count: 200)
    #expect(TopicClassifier.classify("Relis ma lettre de motivation : " + paste) == .lettre)
  }

  @Test(arguments: [
    (Topic.entretien, "préparer mon ", "entretien"), (.entretien, "mon ", "salaire"), (.lettre, "ma ", "lettre"),
    (.reconversion, "ma ", "reconversion"), (.reconversion, "une ", "formation"), (.strategie, "mon ", "réseau"),
    (.strategie, "sur ", "linkedin"), (.strategie, "reprendre ", "confiance"), (.cv, "mon ", "curriculum"),
    (.cv, "faire un ", "portfolio"), (.reconversion, "un ", "bilan"), (.entretien, "un ", "pitch"),
  ])
  func `one typing error anywhere after the first letter is forgiven`(topic: Topic, before: String, word: String) {
    let after = word == "bilan" ? " de compétences" : ""
    for typed in Typing.errors(in: word) {
      #expect(TopicClassifier.classify(before + typed + after) == topic, "\(typed)")
    }
  }

  @Test(arguments: [
    ("mon voisin a des panneaux solaires", "salaire"), ("un restaurant italien", "réseau"),
    ("entretenir la pelouse", "entretien"), ("c'est simple", "simuler"), ("profiter du soleil", "profil"),
    ("mal à la tête", "texte"), ("la morale de cette fable", "oral"), ("une licence de musique", "licenciement"),
  ])
  func `a common word is not corrected into a neighbour`(message: String, neighbour: String) {
    #expect(TopicClassifier.classify(message) == .autre, "\(neighbour)")
  }

  @Test(arguments: [
    (Topic.entretien, "lentretien de demain"), (.lettre, "laccroche de ma candidature"),
    (.strategie, "ma recherche demploi"),
  ])
  func `an elision without apostrophe is understood`(topic: Topic, message: String) {
    #expect(TopicClassifier.classify(message) == topic)
  }

  @Test func `4000 characters take well under 5 ms in release`() {
    let message = String(TopicSamples.tuning.map(\.message).joined(separator: " ").prefix(4000))
    let topic = time("classifying", message) { TopicClassifier.classify(message) }
    time("finding the specialisation of", message) { TopicClassifier.specialisation(of: message, in: topic) }
  }

  /// Prints the fastest of ten runs. Debug builds are some twenty times slower and only print.
  @discardableResult
  private func time<Found>(_ what: String, _ message: String, _ find: () -> Found) -> Found {
    let found = find()
    let clock = ContinuousClock()
    let fastest = (0..<10).map { _ in clock.measure { _ = find() } }.min() ?? .seconds(1)
    print("\(what) \(message.unicodeScalars.count) scalars: \(fastest)")
    #if !DEBUG
      #expect(fastest < .milliseconds(5))
    #endif
    return found
  }
}

/// Every single typing error that leaves a word's first letter in its place.
private enum Typing {
  static func errors(in word: String) -> [String] {
    let letters = Array(word)
    let places = letters.indices.dropFirst()
    let missing = places.map { Array(letters[..<$0] + letters[($0 + 1)...]) }
    let wrong = places.map { Array(letters[..<$0] + ["x"] + letters[($0 + 1)...]) }
    let added = (1...letters.count).map { Array(letters[..<$0] + ["x"] + letters[$0...]) }
    let swapped = places.dropLast().map {
      Array(letters[..<$0] + [letters[$0 + 1], letters[$0]] + letters[($0 + 2)...])
    }
    // Some errors make another word, and that is what was typed.
    return (missing + wrong + added + swapped).map { String($0) }.filter { !["salarie"].contains($0) }
  }
}

@Suite struct FrenchWordsTests {
  @Test(arguments: [
    ("L'Été, c’est cœur & Ægée !", ["l", "ete", "c", "est", "coeur", "aegee"]),
    ("C.V. envoyé. Merci", ["cv", "envoye", "merci"]),
    ("Le plan A. Ensuite", ["le", "plan", "a", "ensuite"]),
    ("auto-entrepreneur/freelance", ["auto", "entrepreneur", "freelance"]),
    ("CV", ["cv"]),
    ("3114 ☎️", ["3114"]),
  ])
  func `cuts and folds words`(text: String, words: [String]) {
    #expect(FrenchWords.words(in: text) == words)
  }
}

@Suite struct WordPatternsTests {
  @Test(arguments: [
    ("entretien", ["entretien"], true),
    ("entretien", ["entretient"], true),
    ("entretien", ["enrtetien"], true),
    ("entretien", ["entrtien"], true),
    ("entretien", ["entretxen"], true),
    ("entretien", ["entretenir"], false),
    ("reconver*", ["recnversion"], true),
    ("reconver*", ["recouvrir"], false),
    ("poste", ["poset"], true),
    ("star", ["stars"], false),
    ("doute*", ["docteur"], false),
    ("emploi", ["demploi"], true),
    ("oral", ["moral"], false),
    ("bilan competenc*", ["bilan", "competences"], true),
    ("bilan competenc*", ["bilan", "competances"], true),
    ("bilan competenc*", ["competences", "bilan"], false),
    ("bilan competenc*", ["bilan"], false),
    ("cv", ["cvs"], false),
  ])
  func `matches words, stems, phrases and one typing error`(pattern: String, words: [String], expected: Bool) {
    #expect(WordPatterns([pattern]).matches(words) == expected)
    #expect(WordPatterns([pattern]).counts(in: words) == [expected ? 1 : 0])
  }

  @Test func `a known word is not corrected into another`() {
    #expect(WordPatterns(["salaire*", "salarie"]).counts(in: ["salarie"]) == [0, 1])
  }
}
