import IrisDomain
import Testing

/// How often the classifier agrees with people, on what it was tuned on and on what it was not.
@Suite struct TopicEvaluationTests {
  private static let leastAccuracy = 0.85
  private static let leastSpecialisationAccuracy = 0.8

  /// By name, since the log shows the arguments of a test.
  private static let parts = ["tuning": TopicSamples.tuning, "held out": TopicSamples.heldOut]

  @Test(arguments: [("tuning", 140), ("held out", 100)])
  func `classifies at least 85 % of labelled messages`(part: String, least: Int) throws {
    let samples = try #require(Self.parts[part])
    #expect(samples.count >= least)
    let results = samples.map { (wanted: $0.topic, right: TopicClassifier.classify($0.message) == $0.topic) }
    let table = Topic.allCases.map { topic in
      Tally(name: topic.rawValue, results.filter { $0.wanted == topic }.map(\.right))
    }
    let all = Tally(name: "all", results.map(\.right))
    print("topic accuracy, \(part)\n" + (table + [all]).map(\.line).joined(separator: "\n"))
    #expect(all.accuracy >= Self.leastAccuracy)
  }

  @Test(arguments: ["tuning", "held out"])
  func `finds the specialisation of at least 80 % of labelled messages`(part: String) throws {
    let least = 60
    let labelled = try #require(Self.parts[part]).filter { $0.specialisation != nil }
    #expect(labelled.count >= least)
    let results = labelled.map { sample in
      let found = TopicClassifier.specialisation(of: sample.message, in: sample.topic) ?? "-"
      return (wanted: sample.topic, right: found == sample.specialisation)
    }
    let table = Topic.allCases.filter { $0 != .autre }.map { topic in
      Tally(name: topic.rawValue, results.filter { $0.wanted == topic }.map(\.right))
    }
    let all = Tally(name: "all", results.map(\.right))
    print("specialisation accuracy, \(part)\n" + (table + [all]).map(\.line).joined(separator: "\n"))
    #expect(all.accuracy >= Self.leastSpecialisationAccuracy)
  }

  @Test func `the set is large, has its share of other subjects, and repeats no message`() {
    let all = TopicSamples.tuning + TopicSamples.heldOut
    #expect(all.count >= 240)
    #expect(all.count { $0.topic == .autre } >= 25)
    #expect(TopicSamples.heldOut.count { $0.topic == .autre } >= 25)
    #expect(Set(all.map { FrenchWords.words(in: $0.message) }).count >= all.count - 3, "only symbols fold to nothing")
  }

  @Test func `labels name specialisations that exist`() {
    for sample in TopicSamples.tuning + TopicSamples.heldOut {
      guard let label = sample.specialisation, label != "-" else { continue }
      let domain = TopicCatalogue.standard.topics.first { $0.id == sample.topic.rawValue }
      #expect(domain?.specialisations.contains { $0.id == label } == true, "\(label): \(sample.message)")
    }
  }
}

/// One line of the printed table.
private struct Tally {
  let name: String
  let right: Int
  let count: Int

  init(name: String, _ results: [Bool]) {
    self.name = name
    right = results.count { $0 }
    count = results.count
  }

  var accuracy: Double { Double(right) / Double(max(1, count)) }

  var line: String {
    let percent = Int((accuracy * 1000).rounded())
    return Self.pad(name, to: -13) + Self.pad("\(right)", to: 4) + " of" + Self.pad("\(count)", to: 4)
      + Self.pad("\(percent / 10).\(percent % 10) %", to: 9)
  }

  /// To the right for a positive width, to the left for a negative one.
  private static func pad(_ text: String, to width: Int) -> String {
    let blanks = String(repeating: " ", count: max(0, abs(width) - text.count))
    return width > 0 ? blanks + text : text + blanks
  }
}
