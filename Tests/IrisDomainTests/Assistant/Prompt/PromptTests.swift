import Testing

@testable import IrisDomain

@Suite struct PromptTests {
  /// Everything that a prompt can be made of.
  struct Material {
    var question = "Comment présenter mes dix ans de vente ?"
    var topic = Topic.cv
    var specialisation: String?
    var profile: [(label: String, value: String)] = [("Prénom", "Léa"), ("Métier visé", "menuisière")]
    var context: String? = #"{"summary":"CV de vendeuse","data":{"pages":2}}"#
    var memory = Memory()
    var budget = TokenBudget(limit: 8_192)
    var keep: Int?

    var prompt: Prompt {
      Prompt.alessio(
        question: question, topic: topic, specialisation: specialisation, profile: profile, context: context,
        memory: memory, budget: budget, keep: keep, maxOutputTokens: 1_024)
    }
  }

  static func turns(_ count: Int, words: Int = 30) -> [Turn] {
    (0..<count).map {
      Turn(
        id: "\($0)", question: "Question \($0) ?", answer: "Réponse \($0) : " + String(repeating: "mot ", count: words))
    }
  }

  /// What a provider sends, so that prefixes can be compared.
  private static func bytes(_ contents: some Sequence<Prompt.Content>) -> [UInt8] {
    Array(
      contents.map { "\($0.role.rawValue)\u{1}\($0.parts.joined(separator: "\u{2}"))" }.joined(separator: "\u{3}").utf8)
  }

  @Test(arguments: Topic.allCases)
  func `distress is framed as such, whatever else is asked`(topic: Topic) {
    let distressed = Material(question: "Je veux mourir. Et mon CV ?", topic: topic).prompt
    #expect(distressed.frame.hasPrefix("<cadre>\n\(Guidance.distress)\n</cadre>"))
    #expect(!Material(topic: topic).prompt.frame.contains(Guidance.distress))
  }

  @Test func `contents are summary, turns, and frame with message`() {
    var material = Material()
    material.memory = Memory(summary: "Faits : vendeuse.", turns: Self.turns(1))
    let contents = material.prompt.contents
    #expect(contents.map(\.role) == [.user, .model, .user, .model, .user])
    #expect(contents[0].parts == ["<resume>\nFaits : vendeuse.\n</resume>"])
    #expect(contents[2].parts == ["Question 0 ?"])
    #expect(
      contents[4].parts == [
        """
        <cadre>
        \(Guidance.text(topic: .cv, specialisation: nil))
        </cadre>
        <profil>
        - Prénom : Léa
        - Métier visé : menuisière
        </profil>
        <contexte>
        {"summary":"CV de vendeuse","data":{"pages":2}}
        </contexte>
        """, "<message>\nComment présenter mes dix ans de vente ?\n</message>",
      ])
  }

  @Test func `what is not known leaves no block`() {
    let material = Material(profile: [("Région", "  "), ("Secteur", "\u{200B}")], context: "")
    let parts = material.prompt.contents.last?.parts ?? []
    #expect(parts.count == 2 && parts[0].hasSuffix("</cadre>"))
    #expect(!parts[0].contains("<profil>") && !parts[0].contains("<contexte>"))
  }

  @Test func `a conversation that grows keeps its bytes up to the last stored answer`() {
    var material = Material()
    for (index, topic) in Topic.allCases.enumerated() {
      material.memory = Memory(summary: "Faits.", turns: Self.turns(index + 2))
      let before = material.prompt
      material.topic = topic
      material.profile = [("But", "partir \(index)")]
      material.context = index.isMultiple(of: 2) ? nil : #"{"n":\#(index)}"#
      material.question = "Et \(topic.rawValue) ?"
      material.budget = TokenBudget(limit: 8_192, correction: 1 + Double(index) / 10)
      material.memory.turns = Self.turns(index + 3)
      let after = material.prompt
      #expect(Self.bytes(after.contents).starts(with: Self.bytes(before.contents.dropLast())))
      #expect(after.systemInstruction == before.systemInstruction)
      #expect(after.turns.count == before.turns.count + 1)
    }
  }

  @Test(arguments: [256, 1_500, 2_200, 2_700, 3_500, 8_192, 40_000], [0.5, 1, 1.37, 3])
  func `never exceeds the budget but for the message and the system instruction`(limit: Int, correction: Double) {
    let budget = TokenBudget(limit: limit, correction: correction)
    for (question, words) in [("Bonjour", 10), (String(repeating: "été ", count: 1_000), 200), ("é", 2_000)] {
      let material = Material(
        question: question, profile: [("But", String(repeating: "apprendre < ", count: 170))],
        context: String(repeating: #"{"cv":"é"},"#, count: 1_500),
        memory: Memory(summary: String(repeating: "Fait. ", count: 900), turns: Self.turns(100, words: words)),
        budget: budget)
      let prompt = material.prompt
      var alone = material
      alone.budget = TokenBudget(limit: 1)
      let least = budget.corrected(alone.prompt.estimatedTokens)
      #expect(budget.corrected(prompt.estimatedTokens) <= max(limit, least), "\(question.prefix(5)) \(words)")
      #expect(prompt.systemInstruction == Alessio.systemInstruction)
      #expect(prompt.message == question)
    }
  }

  @Test func `profile and context never push the conversation out`() {
    let material = Material(
      profile: [("But", String(repeating: "a", count: 2_000))], context: String(repeating: "b", count: 16_384),
      memory: Memory(turns: Self.turns(4, words: 200)))
    #expect(material.prompt.turns.count == 4)
    let frame = material.prompt.frame
    #expect(frame.contains("a…\n</profil>") && frame.contains("b…\n</contexte>"))
  }

  @Test func `free keeps the last four turns`() {
    let material = Material(memory: Memory(turns: Self.turns(9)), keep: QuotaRules.freeTurns)
    #expect(material.prompt.turns.map(\.question) == (5...8).map { "Question \($0) ?" })
  }

  @Test func `one huge turn is shortened, not lost`() {
    let huge = Turn(question: String(repeating: "😀", count: 4_000), answer: String(repeating: "é", count: 40_000))
    let prompt = Material(memory: Memory(turns: [huge])).prompt
    #expect(prompt.turns.count == 1)
    #expect(prompt.turns[0].question.hasSuffix("😀…") && prompt.turns[0].answer.hasSuffix("é…"))
  }

  @Test func `a turn without words is left out of the contents`() {
    let turns = [
      Turn(question: "\u{200B}", answer: "a"), Turn(question: "b", answer: ""), Turn(question: "c", answer: "d"),
    ]
    let contents = Material(memory: Memory(turns: turns)).prompt.contents
    #expect(contents.flatMap(\.parts).dropLast(2) == ["c", "d"])
  }

  @Test func `a prompt without a frame sends the message as it is`() {
    let prompt = Prompt(systemInstruction: "s", turns: [], message: "m", maxOutputTokens: 1)
    #expect(prompt.contents == [Prompt.Content(role: .user, parts: ["m"])])
    #expect(prompt.estimatedTokens == 10)
  }
}
