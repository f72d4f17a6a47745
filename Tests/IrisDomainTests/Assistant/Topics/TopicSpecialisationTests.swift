@testable import IrisDomain
import Testing

/// All that Alessio has been given to say, for tests of its quality.
enum Catalogue {
  static let domains = TopicCatalogue.standard.topics
  static let fields = domains.flatMap(\.specialisations)
  static let advice = fields.flatMap(\.advice) + domains.flatMap(\.otherAdvice)
  static let offlineTexts =
    advice.map(\.text) + domains.map(\.generalAdvice) + [OfflineAdvice.advice(topic: .autre, message: "")]
  static let guidance =
    domains.map(\.guidance) + fields.map(\.guidance) + [Guidance.text(topic: .autre, specialisation: nil)]
  static let questions = fields.flatMap { $0.examples + $0.suggestions }
  static let texts = offlineTexts + guidance + questions + domains.map(\.description) + fields.map(\.name)
}

@Suite struct SpecialisationTests {
  @Test func `every specialisation has guidance, examples, suggestions and advice`() {
    #expect(Catalogue.fields.count == 20)
    for field in Catalogue.fields {
      let words = field.guidance.split { $0 == " " || $0 == "\n" }.filter { $0.contains { $0.isLetter || $0.isNumber } }
      #expect((50...110).contains(words.count), "\(field.id): \(words.count) words")
      #expect(field.guidance.hasPrefix("# Plus précisément : "), "\(field.id)")
      #expect(field.examples.count >= 2, "\(field.id)")
      #expect(field.suggestions.count == 6, "\(field.id)")
      #expect(!field.advice.isEmpty, "\(field.id)")
    }
  }

  @Test func `suggestions are short, and no question is asked twice`() {
    let opening = (0..<3).flatMap { Suggestions.suggestions(topic: .autre, turn: $0) }
    let suggestions = Catalogue.fields.flatMap(\.suggestions) + opening
    for text in suggestions { #expect(!text.isEmpty && text.count <= 80, "\(text)") }
    #expect(Set(suggestions).count == suggestions.count)
    for field in Catalogue.fields { #expect(Set(field.examples).isDisjoint(with: suggestions), "\(field.id)") }
  }

  /// A suggestion comes back as the next message, and must then be understood without what was said before.
  @Test func `examples and suggestions are recognised as what they belong to`() {
    for domain in Catalogue.domains {
      for field in domain.specialisations {
        for question in field.examples + field.suggestions {
          let topic = TopicClassifier.classify(question)
          #expect(topic.rawValue == domain.id, "\(question)")
          #expect(TopicClassifier.specialisation(of: question, in: topic) == field.id, "\(question)")
        }
      }
    }
  }

  @Test func `guidance is the domain's, then the specialisation's`() {
    for domain in Catalogue.domains {
      let topic = Topic(rawValue: domain.id) ?? .autre
      #expect(Guidance.text(topic: topic, specialisation: nil) == domain.guidance)
      #expect(Guidance.text(topic: topic, specialisation: "inconnue") == domain.guidance)
      for field in domain.specialisations {
        let text = Guidance.text(topic: topic, specialisation: field.id)
        #expect(text == domain.guidance + "\n\n" + field.guidance)
      }
    }
    #expect(Guidance.text(topic: .autre, specialisation: "bilan") == Guidance.text(topic: .autre, specialisation: nil))
    #expect(Set(Catalogue.guidance).count == 26)
  }
}

/// The frame a person in France meets, in the places where it belongs.
@Suite struct FrenchContextTests {
  @Test(arguments: [
    (Topic.reconversion, "bilan", ["bilan de compétences", "CEP", "CPF", "Qualiopi", "France Travail"]),
    (.reconversion, "transition", ["ROME", "France Travail", "PMSMP"]),
    (.reconversion, "formation", ["VAE", "CPF", "PTP", "Transitions Pro", "RNCP", "France Travail", "Région"]),
    (.reconversion, "timing", ["PTP", "rupture conventionnelle", "démissionnaire", "CEP"]),
    (.cv, "ats", ["ATS"]),
    (.cv, "competences", ["ROME"]),
    (.entretien, "questions", ["STAR", "Défenseur des droits"]),
    (.entretien, "negociation", ["Apec", "convention collective", "brut annuel"]),
    (.strategie, "marche-cache", ["La Bonne Boîte", "cooptation"]),
    (.strategie, "developpement", ["CEP", "médecin"]),
  ])
  func `the template names it`(topic: Topic, specialisation: String, terms: [String]) {
    let field = topic.domain?.specialisations.first { $0.id == specialisation }
    for term in terms { #expect(field?.guidance.contains(term) == true, "\(term)") }
  }

  @Test(arguments: [
    "VAE", "CPF", "bilan de compétences", "France Travail", "Transitions Pro", "PTP", "ROME", "CEP", "RNCP", "STAR",
    "ATS",
    "Apec", "Cap emploi", "Mission locale", "PMSMP", "OPCO", "démissionnaire",
  ])
  func `the answers without a model name it`(term: String) {
    #expect(Catalogue.offlineTexts.contains { $0.contains(term) })
  }

  @Test func `no text names what France has renamed, nor an amount`() {
    for text in Catalogue.texts {
      for old in ["Pôle emploi", "Fongecif", "Pro-A", "€", "euros", "ANPE", "Direccte", "OPCA", "DIF "] {
        #expect(!text.contains(old), "\(old)")
      }
    }
  }

  @Test func `templates that touch conditions say that they are to be checked`() {
    for id in ["bilan", "formation", "timing", "negociation"] {
      #expect(Catalogue.fields.first { $0.id == id }?.guidance.contains("vérifier") == true, "\(id)")
    }
  }
}

@Suite struct FrenchTypographyTests {
  @Test func `spaces, apostrophes and quotes follow one convention`() {
    for text in Catalogue.texts {
      for line in text.split(separator: "\n") {
        let body = line.drop { $0 == " " }
        #expect(!body.contains("  ") && body.last != " ", "\(line)")
        #expect(!line.contains("’") && !line.contains("\u{A0}") && !line.contains("\u{202F}"), "\(line)")
        #expect(!line.contains("\"") && !line.contains("...") && !line.contains("\t"), "\(line)")
        #expect(Self.hasSpacedQuotes(line), "\(line)")
        #expect(Self.hasSpacedMarks(body), "\(line)")
      }
    }
  }

  /// « like this », each opened and closed on its line.
  private static func hasSpacedQuotes(_ line: Substring) -> Bool {
    let opened = line.split(separator: "«", omittingEmptySubsequences: false).dropFirst()
    let closed = line.split(separator: "»", omittingEmptySubsequences: false).dropLast()
    return opened.count == closed.count && opened.allSatisfy { $0.first == " " } && closed.allSatisfy { $0.last == " " }
  }

  /// A space before `: ; ? !`.
  private static func hasSpacedMarks(_ line: Substring) -> Bool {
    zip(line, line.dropFirst()).allSatisfy { before, mark in !":;?!".contains(mark) || " ?!".contains(before) }
  }

  @Test func `no address and no private number`() {
    let publicNumbers: Set = ["3114", "3949", "3646"]
    for text in Catalogue.texts {
      #expect(!text.contains("@"))
      for number in text.filter({ $0 != " " && $0 != "." }).split(whereSeparator: { !$0.isNumber }).map(String.init) {
        let isYear = number.count == 4 && number.hasPrefix("20")
        #expect(number.count < 4 || isYear || publicNumbers.contains(number), "\(number)")
      }
    }
  }
}
