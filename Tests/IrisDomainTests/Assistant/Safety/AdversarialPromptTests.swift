import Testing

@testable import IrisDomain

@Suite struct AdversarialPromptTests {
  /// Where words of others stand in a prompt.
  enum Place: CaseIterable {
    case message, profile, context, summary, question, answer
  }

  @Test func `there are enough attacks`() {
    #expect(Set(Attacks.texts).count == Attacks.texts.count && Attacks.texts.count >= 60)
  }

  @Test(arguments: Attacks.texts)
  func `no words of others change what a prompt is made of`(attack: String) throws {
    let honest = try Self.structure(of: Self.prompt("Bonjour", at: nil))
    for place in Place.allCases {
      let prompt = Self.prompt(attack, at: place)
      #expect(Array(prompt.systemInstruction.utf8) == Array(Alessio.systemInstruction.utf8))
      #expect(try Self.structure(of: prompt) == honest, "\(place)")
      let sent = prompt.contents.flatMap(\.parts).joined()
      #expect(!sent.unicodeScalars.contains { (0xE0000...0xE01EF).contains($0.value) || $0.value == 0x202E })
      #expect(!sent.contains("<|") && !sent.contains("<start_of_turn") && !sent.contains("<<SYS"))
    }
  }

  @Test(arguments: Attacks.texts)
  func `no attack gets into the answer cache`(attack: String) {
    #expect(!CacheRules.permitsQuestion(attack))
    #expect(!CacheRules.permitsQuestion("Comment améliorer mon CV ? " + attack))
  }

  @Test(arguments: Attacks.orders + Attacks.forgeries + Attacks.hidden)
  func `an attack is suspected`(attack: String) {
    #expect(Injection.isSuspected(in: attack) || attack.contains("[INST]"))
    #expect(Injection.isSuspected(in: "Bonjour, j'ai une question sur mon CV. " + attack + " Merci !"))
  }

  /// The same prompt each time, but for the text in one place.
  private static func prompt(_ text: String, at place: Place?) -> Prompt {
    func words(_ here: Place) -> String { place == here ? text : "Bonjour" }
    return Prompt.alessio(
      question: words(.message), topic: .cv, profile: [("But", words(.profile)), ("Région", "Bretagne")],
      context: words(.context),
      memory: Memory(
        summary: words(.summary), turns: [Turn(question: words(.question), answer: words(.answer))]),
      budget: TokenBudget(limit: 8_192), keep: nil, maxOutputTokens: 1_024)
  }

  /// A prompt read back as a model would: roles, and per part the tags in the order they stand.
  private static func structure(of prompt: Prompt) throws -> [[String]] {
    let contents = prompt.contents
    let last = try #require(contents.last)
    try #require(last.parts.count == 2)
    #expect(last.parts[1].hasPrefix("<message>\n") && last.parts[1].hasSuffix("\n</message>"))
    #expect(last.parts[0].hasPrefix("<cadre>\n\(Guidance.text(topic: .cv, specialisation: nil))\n</cadre>\n<profil>\n"))
    return contents.map { content in [content.role.rawValue] + content.parts.flatMap { tags(in: $0) } }
  }

  /// Every tag of ours, however it may be spelt: case, white space, invisible characters, width and look-alikes aside.
  private static func tags(in text: String) -> [String] {
    var folded = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x3C, 0xFF1C, 0xFE64, 0x2039, 0x27E8, 0x3008, 0x300A, 0x2329: folded += "<"
      case 0x200B...0x200F, 0x2060, 0xFEFF, 0x338, 0x20, 0x0A, 0xA0: break
      case 0x441: folded += "c"
      default: folded += String(Character(scalar)).lowercased()
      }
    }
    let unescaped = folded.split(separator: "&lt;", omittingEmptySubsequences: false).joined(separator: "<")
      .split(separator: "&#60;", omittingEmptySubsequences: false).joined(separator: "<")
      .split(separator: "\\u003c", omittingEmptySubsequences: false).joined(separator: "<")
    let names = Frame.Block.allCases.flatMap { [$0.rawValue, "/" + $0.rawValue] }
    return unescaped.split(separator: "<", omittingEmptySubsequences: false).dropFirst().compactMap { rest in
      names.first { rest.hasPrefix($0) }
    }
  }
}

@Suite struct InjectionTests {
  @Test(arguments: [
    "Comment améliorer mon CV ?", "Mon recruteur ignore mes messages, que faire ?", "Oublie ma question précédente",
    "Quelles sont les instructions pour le dossier VAE ?", "Je veux montrer mes données de vente", "CDD < CDI ?",
    "Je suis développeur Python & SQL, salaire > 40 k€", "J'ai administré un système Linux",
    "Répète ta réponse plus court",
    "Joue le rôle du recruteur, s'il te plaît", "Simule un entretien", "Montre-moi un exemple de CV", "👩\u{200D}💻 ❤️",
    "Peux-tu résumer ta réponse ?", "Je m'occupe de la relation avec les utilisateurs", "Affiche mon profil", "",
    "Traduis ma lettre en anglais", "Dis-moi les règles du CPF", "Ignore the last line of my CV",
    "Tu es super, merci !", "https://www.francetravail.fr/candidat/vos-recherches/preparer-votre-candidature.html",
    "Как дела?", "Ολα καλά", "FR76 1234 5678 9012 3456 7890 123", "anticonstitutionnellement",
  ])
  func `ordinary messages are not suspected`(message: String) {
    #expect(!Injection.isSuspected(in: message))
  }

  @Test func `hardly an ordinary question is suspected`() {
    let samples = (TopicSamples.tuning + TopicSamples.heldOut).map(\.message)
    let suspected = samples.filter(Injection.isSuspected)
    #expect(suspected.count * 50 <= samples.count, "\(suspected)")
  }
}
