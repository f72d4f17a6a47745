@testable import IrisDomain
import Testing

@Suite struct SuggestionsTests {
  private static let turns = [Int.min, Int.min + 1, -7, -1, 0, 1, 2, 3, 50, Int.max]

  /// Every topic without and with each of its specialisations, and with one it does not have.
  private static let subjects: [(topic: Topic, specialisation: String?)] =
    Topic.allCases.flatMap { topic in
      ([nil, "inconnue"] + (topic.domain?.specialisations.map(\.id) ?? [])).map { (topic, $0) }
    }

  @Test func `two to four different suggestions for every subject and turn, always the same`() {
    for (topic, specialisation) in Self.subjects {
      for turn in Self.turns {
        let page = Suggestions.suggestions(topic: topic, specialisation: specialisation, turn: turn)
        #expect((2...4).contains(page.count))
        #expect(Set(page).count == page.count)
        #expect(page == Suggestions.suggestions(topic: topic, specialisation: specialisation, turn: turn))
      }
    }
  }

  @Test func `the next turn suggests something else, whatever it is about`() {
    for turn in -1..<20 {
      for now in Self.subjects {
        let page = Set(Suggestions.suggestions(topic: now.topic, specialisation: now.specialisation, turn: turn))
        for next in Self.subjects {
          let later = Suggestions.suggestions(topic: next.topic, specialisation: next.specialisation, turn: turn + 1)
          #expect(page.isDisjoint(with: later), "\(now) then \(next), turn \(turn)")
        }
      }
    }
  }

  @Test func `the specialisation's own come first, and all of them have their turn`() {
    for domain in TopicCatalogue.standard.topics {
      let topic = Topic(rawValue: domain.id) ?? .autre
      for field in domain.specialisations {
        let pages = (0..<3).map { Suggestions.suggestions(topic: topic, specialisation: field.id, turn: $0) }
        #expect(pages.flatMap { $0.prefix(2) } == field.suggestions)
        let others = Set(
          (0..<18).flatMap { turn in
            Suggestions.suggestions(topic: topic, specialisation: field.id, turn: turn).dropFirst(2)
          })
        #expect(others == Set(domain.specialisations.filter { $0.id != field.id }.flatMap(\.suggestions)))
      }
    }
  }

  @Test func `an unknown specialisation is none, and none opens with one question of three fields`() {
    for domain in TopicCatalogue.standard.topics {
      let topic = Topic(rawValue: domain.id) ?? .autre
      let page = Suggestions.suggestions(topic: topic, turn: 0)
      #expect(page == domain.specialisations.prefix(3).map { $0.suggestions[0] })
      #expect(page == Suggestions.suggestions(topic: topic, specialisation: "inconnue", turn: 0))
    }
  }
}
