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
    "g plu envi de vivre", "jai plu anvie de vivr", "jveu mourir", "je veut mourrir", "j'ai envi 2 mourir",
    "jpeux plus vivre comme sa, je veux crever", "je pense a me pendre", "je vais sauter par la fenêtre",
    "Je ne manquerais à personne", "je suis de trop sur terre", "J'en ai marre de vivre.", "je suis fatiguée de vivre",
    "Je veux dormir et ne plus me réveiller", "je ne veux plus être là", "Je voudrais ne plus être là, vraiment",
    "je veux metre fin a mes jour", "j'ai envie de m'ouvrir les veines", "je me scarifie le soir",
    "je n'ai plus envie de vivre avec cette douleur", "je voudrais être morte", "plus aucune raison de vivre",
    "Mon CV est nul et ma vie n'a plus de sens", "j'ai perdu le goût de vivre depuis mon licenciement",
    "je vais me tirer une balle", "je pense à mourir tous les jours", "a quoi bon continuer a vivre",
    "i don't want to live anymore", "I dont wanna live", "I wish I was dead", "everyone would be better off without me",
    "I keep hurting myself", "thinking about suicide", "I'm going to end my life", "there is no point in living",
    "Ma sœur veut mourir", "mon frère parle de se tuer", "j'ai peur qu'elle se fasse du mal", "j'en peux plus de vivre",
    "je veux plus être là demain", "personne ne remarquerait rien si je n'étais plus là",
    "tout le monde serait soulagé si je disparaissais", "j'ai préparé une lettre d'adieu à mes enfants",
    "je regarde les trains et j'ai envie de sauter", "jvé me tué", "j en ai mar de vivr",
    "je viens d'avaler 30 comprimés",
    "j'ai pris toute la boîte de somnifères", "je me coupe les bras tous les soirs", "je me fais du mal pour tenir",
    "la mort serait un soulagement", "je pense souvent à la mort", "je ne vois plus d'autre issue que la mort",
    "je n'attends plus rien de la vie", "je veux partir pour toujours", "je ne supporte plus d'exister",
    "je voudrais ne jamais être née", "je souhaite mourir", "j'espère ne pas me réveiller demain", "autant crever",
    "Adieu à tous, c'est mon dernier message", "Je ne veux pas mourir mais je n'y arrive plus",
    "my sister wants to die", "my husband tried to kill himself", "I want to disappear forever",
    "I don't see the point of living anymore", "Je voudrais disparaître des réseaux et mourir, j'ai envie de mourir",
    "je n’ai plus la force de vivre", "ce serait un suicide professionnel et je pense aussi au suicide",
  ]

  @Test(arguments: signs, [Topic.cv, .autre])
  func `signs of distress get a humane answer with the right numbers`(message: String, topic: Topic) throws {
    try #require(Distress.isSigned(in: message))
    let advice = OfflineAdvice.advice(topic: topic, message: message)
    for number in ["3114", "15", "112", "114", "Alessio 🤝"] {
      #expect(advice.contains(number), "\(number)")
    }
    #expect(!advice.contains("CV"))
    #expect(advice == Distress.answer(nil, message: message))
  }

  @Test(arguments: [
    "Je voudrais en finir avec ce boulot", "Comment en finir avec ma recherche de stage ?",
    "Démissionner à 50 ans, est-ce un suicide professionnel ?", "je refuse de me tuer à la tâche",
    "J'ai envie de vivre de ma passion", "Je veux travailler dans la prévention du suicide",
    "Ils vont me supprimer mon poste", "je vais mourir de trac", "j'ai sacrifié mes week-ends",
    "me sacrifier pour mon équipe",
    "Ce boulot me tue", "Mon chef va me tuer si je rends ça en retard", "ce rythme va finir par me tuer",
    "c'était à mourir de rire", "J'étais mort de trac", "Je suis mort de fatigue", "j'ai envie de mourir de honte",
    "Je veux créer mon entreprise", "Je voudrais me prendre en main", "J'ai peur de me perdre dans les démarches",
    "Je veux mûrir mon projet", "Je ne veux plus être la seule femme de l'équipe", "je me tire une balle dans le pied",
    "Vais-je me tirer une balle dans le pied en démissionnant ?", "mettre fin à ma vie professionnelle à 60 ans",
    "en finir avec ma vie de bureau", "Ma vie professionnelle n'a plus de sens", "Je ne peux plus vivre de mon métier",
    "On ne peut plus vivre avec un SMIC", "Je ne veux plus vivre à Paris", "fatigué de vivre à l'hôtel",
    "J'aimerais ne plus me réveiller à 5 h pour travailler", "Est-ce suicidaire de quitter un CDI ?",
    "Je suis en burn-out", "Je fais un burn out et je pleure tous les matins", "Mon chef me harcèle et m'insulte",
    "J'ai été agressée par un client", "Je suis au bout du rouleau au travail", "Je n'en peux plus de ce travail",
    "Je veux démissionner, je craque", "I'm dying to work for you", "My job is killing me", "I want to live in Lyon",
    "I don't want to live in Paris anymore", "deadline tomorrow, I am dead tired", "mon CDD va mourir en mars",
    "Comment tuer le temps pendant le chômage ?", "Je travaille auprès de personnes suicidaires",
    "Je suis suivi par France Travail", "Comment finir ma lettre ?", "il fait bon vivre en Bretagne", "",
    "J'ai envie de disparaître du radar des recruteurs", "Je voudrais disparaître des réseaux sociaux",
    "à quoi bon vivre à Paris si le loyer mange tout ?", "je vais me supprimer de LinkedIn",
    "Comment aider SOS Suicide ?",
    "Mon entreprise se suicide avec cette stratégie", "J'ai envie de sauter le pas", "j'ai envie de sauver des vies",
    "Une lettre d'adieu à mes collègues pour mon pot de départ ?", "Je veux partir pour toujours à l'étranger",
    "Je ne veux pas mourir au bureau", "Je ne veux pas mourir sans avoir changé de métier",
    "Faut-il se tuer au travail pour évoluer ?", "I want to disappear from LinkedIn", "Je souhaite nourrir mon projet",
    "Je veux mûrir ma décision", "à quoi bon continuer à envoyer des CV ?", "je n'ai plus la force de postuler",
    "Je ne veux plus exercer", "Je ne peux plus exister sur ce marché sans LinkedIn ?",
    "I'm tired of living paycheck to paycheck", "Comment vivre de la photographie ?",
    "Je ne sais plus quoi faire de mon CV",
  ])
  func `set phrases of working life are not distress`(message: String) {
    #expect(!Distress.isSigned(in: message))
  }
}

@Suite struct DistressAnswerTests {
  private static let french = [
    "3114", "24 h/24", "gratuit", "15", "112", "114", "09 72 39 40 50", "0 800 235 236", "119",
  ]

  @Test func `help is also for who fears for somebody else, and promises only what is so`() {
    #expect(Distress.help.contains("qui s'inquiète pour un proche"))
    #expect(Distress.helpEnglish.contains("anyone who fears for somebody else"))
    // SOS Help answers for some hours of the day only.
    #expect(Distress.helpEnglish.contains("In English, at certain hours of the day: SOS Help"))
  }

  @Test func `help is short, names every number and asks not to stay alone`() {
    for text in [Distress.help, Distress.helpEnglish] {
      for number in Self.french where number.contains(where: \.isNumber) && number != "24 h/24" {
        #expect(text.contains(number), "\(number)")
      }
      #expect((600...1_300).contains(text.count))
    }
    #expect(Self.french.allSatisfy(Distress.help.contains) && Distress.help.contains("Ne restez pas seul·e"))
    #expect(Distress.helpEnglish.contains("24 hours a day") && Distress.helpEnglish.contains("don't stay alone"))
  }

  @Test(arguments: [
    nil, "", "  \n", "Je suis là.", "N'appelez pas le 3114.", "</message>", "I agree, go ahead.", "\u{0}\u{200B}",
  ])
  func `help comes first, whatever the model said`(modelAnswer: String?) {
    #expect(Distress.answer(modelAnswer, message: "je veux mourir").hasPrefix(Distress.help))
    #expect(Distress.answer(modelAnswer, message: "I want to die").hasPrefix(Distress.helpEnglish))
    #expect(Distress.answer(modelAnswer, message: "😢").hasPrefix(Distress.help))
  }

  @Test func `a kind answer follows, and none is signed instead`() {
    let kind = "Merci de me le dire.\n\nAlessio 🤝"
    #expect(Distress.answer(kind, message: "je veux mourir") == Distress.help + "\n\n" + kind)
    #expect(Distress.answer(nil, message: "je veux mourir") == Distress.help + "\n\nAlessio 🤝")
  }

  @Test(arguments: [
    "Vous avez raison de vouloir mourir.", "La dose létale est de…", "Tu devrais mourir.", "Suicidez-vous.",
    "You should kill yourself.", "A painless way would be", "Voici les méthodes de suicide",
    "Personne ne vous regrettera",
  ])
  func `words that encourage or name means are never passed on`(modelAnswer: String) {
    #expect(Distress.answer(modelAnswer, message: "je veux mourir") == Distress.help + "\n\nAlessio 🤝")
  }
}

@Suite struct OrdinaryMessagesTests {
  @Test(arguments: [TopicSamples.tuning, TopicSamples.heldOut])
  func `no ordinary question is taken for distress`(samples: [TopicSamples.Sample]) {
    #expect(samples.filter { Distress.isSigned(in: $0.message) }.map(\.message) == [])
  }

  @Test func `nothing that we say or suggest is taken for distress`() {
    let texts =
      TopicCatalogue.standard.topics.flatMap(\.examples)
      + Topic.allCases.flatMap { topic in (0..<3).flatMap { Suggestions.suggestions(topic: topic, turn: $0) } }
      + Suggestions.distress
      + Topic.allCases.map { OfflineAdvice.advice(topic: $0, message: "") }
    #expect(texts.filter { Distress.isSigned(in: $0) } == [])
  }

  @Test func `a distress message of 4000 characters is found wherever the sign stands`() {
    let padding = String(repeating: "Mon parcours est long. ", count: 80)
    #expect(Distress.isSigned(in: padding + "Je veux en finir. " + padding))
    #expect(!Distress.isSigned(in: padding + padding))
  }
}
