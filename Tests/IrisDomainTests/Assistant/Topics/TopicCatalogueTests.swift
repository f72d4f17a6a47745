import FoundationEssentials
@testable import IrisDomain
import Testing

@Suite struct TopicCatalogueTests {
  private let domains = TopicCatalogue.standard.topics

  @Test func `lists the five domains under their topic ids`() {
    #expect(domains.map(\.id) == Topic.allCases.filter { $0 != .autre }.map(\.rawValue))
  }

  @Test func `every domain is complete`() {
    for domain in domains {
      #expect(!domain.name.isEmpty && !domain.description.isEmpty)
      #expect(domain.specialisations.count == 4)
      #expect(Set(domain.specialisations.map(\.id)).count == 4)
      #expect(domain.examples == domain.specialisations.map { $0.examples[0] })
    }
  }

  @Test func `publishes ids, names, descriptions and examples, and nothing of what the model is told`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(TopicCatalogue.standard), as: UTF8.self)
    #expect(
      json.hasPrefix(
        """
        {"topics":[{"description":"Changer de métier ou de secteur en sécurité : faire le point, choisir une formation, \
        la financer et partir au bon moment.","examples":["Comment savoir si un bilan de compétences m'aiderait ?",
        """.dropLast()))
    #expect(
      json.contains("\"specialisations\":[{\"id\":\"bilan\",\"name\":\"Bilan de compétences\"},{\"id\":\"transition\""))
    let members = Set(Self.memberNames(json))
    #expect(members == ["topics", "id", "name", "description", "specialisations", "examples"])
  }

  /// Every string that a colon follows.
  private static func memberNames(_ json: String) -> [String] {
    let parts = json.split(separator: "\"", omittingEmptySubsequences: false)
    return parts.indices.dropLast().filter { $0 % 2 == 1 && parts[$0 + 1].hasPrefix(":") }.map { String(parts[$0]) }
  }

  @Test func `the example questions are recognised as their own domain`() {
    for domain in domains {
      for example in domain.examples { #expect(TopicClassifier.classify(example).rawValue == domain.id, "\(example)") }
    }
  }
}

@Suite struct TopicLexiconTests {
  @Test func `no pattern holds a stop word, and none is listed twice in a topic`() {
    var seen: Set<String> = []
    for entry in TopicLexicon.entries {
      let words = entry.pattern.split(separator: " ").map(String.init)
      #expect(!words.isEmpty)
      #expect(words.allSatisfy { !TopicLexicon.stopWords.contains($0) }, "\(entry.pattern)")
      #expect(entry.pattern.allSatisfy { $0.isASCII && !$0.isUppercase }, "\(entry.pattern)")
      #expect(seen.insert("\(entry.topic) \(entry.pattern)").inserted, "\(entry.topic) \(entry.pattern)")
    }
  }
}
