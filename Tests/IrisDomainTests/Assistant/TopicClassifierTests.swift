import IrisDomain
import Testing

@Suite struct TopicClassifierTests {
  @Test(arguments: [("tuning", TopicSamples.tuning, 110), ("held out", TopicSamples.heldOut, 60)])
  func `classifies at least 85 % of labelled messages`(
    name: String, samples: [TopicSamples.Sample], least: Int
  ) {
    #expect(samples.count >= least)
    var right = 0
    for sample in samples {
      let topic = TopicClassifier.classify(sample.message)
      if topic == sample.topic { right += 1 }
    }
    let accuracy = Double(right) / Double(max(1, samples.count))
    print("topic accuracy, \(name): \(right) of \(samples.count)")
    #expect(accuracy >= 0.85)
  }

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
  }

  @Test func `repeating one word does not drown the question`() {
    let paste = String(repeating: "formation ", count: 200)
    #expect(TopicClassifier.classify("Relis ma lettre de motivation : " + paste) == .lettre)
  }

  @Test func `a message of 4000 characters takes well under a millisecond in release`() {
    let message = String(TopicSamples.tuning.map(\.message).joined(separator: " ").prefix(4000))
    let clock = ContinuousClock()
    _ = TopicClassifier.classify(message)
    let fastest = (0..<10).map { _ in clock.measure { _ = TopicClassifier.classify(message) } }.min() ?? .seconds(1)
    print("classifying \(message.unicodeScalars.count) scalars: \(fastest)")
    // Debug builds are some ten times slower; the bound only catches a wrong order of growth.
    #expect(fastest < .milliseconds(20))
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
    ("poste", ["porte"], false),
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
