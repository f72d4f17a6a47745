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
      #expect((3...4).contains(domain.examples.count))
    }
  }

  @Test func `the example questions are recognised as their own domain`() {
    for domain in domains {
      for example in domain.examples { #expect(TopicClassifier.classify(example).rawValue == domain.id, "\(example)") }
    }
  }
}

@Suite struct SuggestionsTests {
  @Test(arguments: Topic.allCases)
  func `two to four different suggestions for every turn`(topic: Topic) {
    for turn in [Int.min, -7, -1, 0, 1, 2, 3, 50, Int.max] {
      let suggestions = Suggestions.suggestions(topic: topic, turn: turn)
      #expect((2...4).contains(suggestions.count))
      #expect(Set(suggestions).count == suggestions.count)
      #expect(suggestions.allSatisfy { !$0.isEmpty && $0.count <= 80 })
      #expect(suggestions == Suggestions.suggestions(topic: topic, turn: turn))
    }
  }

  @Test(arguments: Topic.allCases)
  func `the next turn suggests something else`(topic: Topic) {
    for turn in 0..<6 {
      let now = Set(Suggestions.suggestions(topic: topic, turn: turn))
      #expect(now.isDisjoint(with: Suggestions.suggestions(topic: topic, turn: turn + 1)))
    }
  }

  @Test func `topics have suggestions of their own`() {
    let all = Topic.allCases.flatMap { Suggestions.suggestions(topic: $0, turn: 0) }
    #expect(Set(all).count == all.count)
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
