import IrisDomain
import Testing

@Suite struct DistressTests {
  static let signs = [
    "je pense au suicide", "J'ai des idées suicidaires depuis mon licenciement", "je veux en finir",
    "j'ai envie d'en finir avec la vie", "je vais me tuer", "j'ai plus envie de vivre",
    "Je n'ai plus du tout envie de vivre",
    "jai envi de mourir", "je voudrais disparaître", "à quoi bon vivre ?", "ma famille serait mieux sans moi",
    "je veux mettre fin à mes jours", "j'ai des idées noires tous les soirs", "SUICIDE", "je suis sucidaire",
    "je pense au suisside", "j'ai envie de me faire du mal", "I want to kill myself", "la vie ne vaut plus rien",
    "Mon CV est prêt mais je ne veux plus vivre", "en finir avec ce travail et en finir avec ma vie",
    "je n’ai plus la force de vivre", "ce serait un suicide professionnel et je pense aussi au suicide",
  ]

  @Test(arguments: signs, [Topic.cv, .autre])
  func `signs of distress get a humane answer with the right numbers`(message: String, topic: Topic) throws {
    try #require(Distress.isSigned(in: message))
    let advice = OfflineAdvice.advice(topic: topic, message: message)
    for number in ["3114", "24 h/24", "15", "112", "114", "Alessio 🤝", "n'est pas décompté"] {
      #expect(advice.contains(number), "\(number)")
    }
    #expect(!advice.contains("CV"))
  }

  @Test(arguments: [
    "Je voudrais en finir avec ce boulot", "Comment en finir avec ma recherche de stage ?",
    "Démissionner à 50 ans, est-ce un suicide professionnel ?", "je refuse de me tuer à la tâche",
    "J'ai envie de vivre de ma passion", "Je veux travailler dans la prévention du suicide",
    "Ils vont me supprimer mon poste", "je vais mourir de trac", "j'ai sacrifié mes week-ends",
    "me sacrifier pour mon équipe",
    "Je suis suivi par France Travail", "Comment finir ma lettre ?", "il fait bon vivre en Bretagne", "",
    "Comment vivre de la photographie ?", "Je ne sais plus quoi faire de mon CV",
  ])
  func `set phrases of working life are not distress`(message: String) {
    #expect(!Distress.isSigned(in: message))
  }
}

@Suite struct OrdinaryMessagesTests {
  @Test(arguments: [TopicSamples.tuning, TopicSamples.heldOut])
  func `no ordinary question is taken for distress`(samples: [TopicSamples.Sample]) {
    #expect(samples.filter { Distress.isSigned(in: $0.message) }.map(\.message) == [])
  }

  @Test func `a distress message of 4000 characters is found wherever the sign stands`() {
    let padding = String(repeating: "Mon parcours est long. ", count: 80)
    #expect(Distress.isSigned(in: padding + "Je veux en finir. " + padding))
    #expect(!Distress.isSigned(in: padding + padding))
  }
}
