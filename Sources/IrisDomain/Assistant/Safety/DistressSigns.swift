/// The words of `Distress`, spelt as `FrenchWords` spells them.
enum DistressSigns {
  /// Signs that only a phrase of working life around them excuses.
  static let certain = list(
    """
    en finir avec la vie, en finir avec ma vie, en finir avec cette vie, en finir avec tout, en finir avec moi,
    mettre fin a mes jours, mettre fin a ma vie, mettre fin a tout, mettre un terme a ma vie,
    mettre un terme a mes jours, fin a mes jours, me pendre, me jeter sous, me jeter par la fenetre, me jeter du,
    me jeter d un, me jeter dans le vide, me foutre en l air, m ouvrir les veines, me tailler les veines,
    me couper les veines, me faire du mal, me faire sauter la cervelle, automutil*, auto mutil*, me mutiler,
    avaler des medicaments, avaler tous mes, avaler mes medicaments, avaler des cachets, avaler une boite de,
    sauter par la fenetre, sauter d un pont, sauter du pont, sauter sous un train, avaler toute, avale tous mes,
    avale toute, avale des medicaments, avale des cachets, avale * comprime*, avaler * comprime*, avale * cachet*,
    avaler * cachet*, avale une boite de, pris toute la boite de, pris toute une boite de, me coupe les bras,
    me coupe les veines, me coupe les poignets, me coupe les cuisses, me fais du mal, se faire du mal, se fasse du mal,
    plus vivre comme ca, plus la force de vivre, pas la force de vivre, plus le courage de vivre,
    pas le courage de vivre, plus de raison de vivre, aucune raison de vivre, perdu le gout de vivre,
    plus le gout de vivre, plus gout a la vie, quoi bon continuer a vivre, a quoi sert de vivre,
    veux crever, voudrais crever, envie de crever, autant crever, autant mourir, si je disparaissais,
    plus envie d exister, veux plus exister, supporte plus d exister, marre d exister, voudrais ne jamais etre ne*,
    aimerais ne jamais etre ne*, n attends plus rien de la vie, mort serait un soulagement, issue que la mort,
    solution que la mort, adieu a tous, adieu tout le monde, veux plus etre la demain,
    veux etre mort*, voudrais etre mort*, aimerais etre mort*, prefererais etre mort*, mieux mort, mieux morte,
    mieux si j etais mort*, seraient mieux sans moi, serait mieux sans moi, vont mieux sans moi,
    manquerai a personne, manquerais a personne, de trop sur terre, vie ne vaut plus, vie ne vaut pas,
    vie ne vaut rien, vie n a plus de sens, vie n a plus aucun sens, idees noires, pensees noires, penser a la mort,
    pense a la mort, pense souvent a la mort, pense sans cesse a la mort, pense tout le temps a la mort,
    pense a mourir, pense qu a mourir, tentative de suicide, dormir pour toujours,
    kill myself, kill my self, killing myself, kms, end my life, ending my life, end it all, take my own life,
    taking my own life, want to die, wanna die, wish i was dead, wish i were dead, wish i was never born,
    better off dead, better off without me, hurt myself, hurting myself, harm myself, cut myself, cutting myself,
    self harm, no reason to live, no point in living, nothing to live for, tired of being alive, worth living anymore,
    not worth living, can t go on living, want to be alive anymore, want to exist anymore, wants to die, ending it all,
    point of living anymore, kill himself, kill herself, kill themselves, killed himself, killed herself,
    killing himself, killing herself
    """)

  /// Phrases of working life that are cut out before any sign is looked for.
  static let workingLife = list(
    """
    ma vie professionnelle, ma vie pro, ma vie active, ma vie de, ma vie en entreprise, cette vie de, cette vie pro,
    cette vie active, vie au travail, vie au bureau
    """)

  /// Signs that also occur in the set phrases below.
  static let possible = list(
    """
    suicid*, suissid*, sucid*, en finir, me tuer, me supprimer, me scarifi*, me tirer une balle, envie de vivre,
    se tuer, vais me tue, veux me tue, lettre d adieu, lettres d adieu, envie de sauter, partir pour toujours,
    envie de disparaitre, veux disparaitre, voudrais disparaitre, aimerais disparaitre, quoi bon vivre,
    want to disappear, wanna disappear, vais mourir, envie de mourir, souhaite mourir, souhaiterais mourir,
    veux pas mourir, veux mourir, voudrais mourir, aimerais mourir, prefere mourir, preferais mourir,
    prefererais mourir, veux plus vivre, peux plus vivre, peux plus de vivre, plus a vivre, continuer a vivre, marre de vivre,
    marre de la vie, fatigue de vivre, fatiguee de vivre, las de vivre, lasse de vivre, degoute de la vie,
    degoutee de la vie, plus me reveiller, plus envie de me reveiller, espere ne pas me reveiller, voudrais ne pas me reveiller,
    aimerais ne pas me reveiller, veux pas me reveiller, t want to live, dont want to live,
    not want to live, t wanna live, dont wanna live, tired of living
    """)

  /// Signs only where a clause ends with them, since « la » may also be an article there.
  static let final = list(
    """
    veux plus etre la, voudrais plus etre la, voudrais ne plus etre la, aimerais ne plus etre la,
    prefererais ne plus etre la, veux ne plus etre la, si je n etais plus la
    """)

  /// What excuses a possible sign.
  static let setPhrases = list(
    """
    prevention du suicide, prevention suicide, suicide ecoute, sos suicide, entreprise se suicide, boite se suicide,
    suicider professionnellement, suicide professionnel, suicide commercial,
    suicide economique, suicide financier, suicide social, suicide de carriere, un suicide de, suicidaire de,
    suicidaire financierement, suicidaire professionnellement, strategie suicidaire, projet suicidaire,
    personnes suicidaires, patients suicidaires, formation crise suicidaire,
    en finir avec, en finir une bonne fois, me tuer a la tache, me tuer au travail, me tuer au boulot, se tuer a, se tuer au, va me tuer,
    vont me tuer, finir par me tuer, finira par me tuer, en train de me tuer,
    me supprimer mon, me supprimer ma, me supprimer mes, me supprimer le, me supprimer la, me supprimer l,
    me supprimer des, me supprimer de, me supprimer un, me supprimer une,
    lettre d adieu a mes collegues, lettre d adieu aux collegues, lettre d adieu a mon equipe,
    lettre d adieu a l equipe, lettre d adieu a mes clients, lettre d adieu professionnelle,
    envie de sauter le, envie de sauter dans, envie de sauter sur, envie de sauter une, envie de sauter un,
    envie de sauter les, envie de sauter a, envie de sauter de joie, envie de sauter cette, partir pour toujours a,
    partir pour toujours au, partir pour toujours en, partir pour toujours de, partir pour toujours dans,
    partir pour toujours vers, disparaitre du radar, disparaitre des radars, disparaitre des reseaux,
    disparaitre de linkedin, disparaitre d internet, disparaitre de google, disparaitre du marche, disappear from,
    me tirer une balle dans le pied, me tire une balle dans le pied,
    envie de vivre autre, envie de vivre un, envie de vivre une, envie de vivre mieux, envie de vivre ma,
    envie de vivre mes, envie de vivre plus, envie de vivre l, envie de vivre pleinement, envie de vivre cette,
    envie de vivre ailleurs, vivre de, vivre a, vivre en, vivre au, vivre aux, vivre dans un, vivre dans une,
    vivre dans le, plus vivre avec, a vivre avec, vivre loin,
    vivre chez, vivre sur, vivre ca, vivre ces, vivre cette situation, vivre la meme, vivre seulement,
    vivre uniquement, vivre decemment, vivre correctement,
    living paycheck, living in, living with, living at, living on, living off, living from, living far, live in, live with, live at,
    live on, live off, live near, live abroad, live there, live here, live my, live from, live a, live far,
    mourir de stress, mourir de trac, mourir de honte, mourir de rire, mourir d ennui, mourir de faim, mourir de peur,
    mourir de chaud, mourir de froid, mourir de soif, mourir de fatigue, mourir idiot, mourir idiote,
    mourir au bureau, mourir au travail, mourir pauvre, mourir sans, me reveiller a, me reveiller tot, me reveiller avec, me reveiller en,
    me reveiller la nuit, me reveiller le matin, me reveiller si, me reveiller aussi, me reveiller stresse,
    me reveiller stressee, me reveiller angoisse, me reveiller angoissee
    """)

  /// SMS and usual misspellings, and what they mean.
  static let spellings: [String: [String]] = [
    "g": ["j", "ai"], "jai": ["j", "ai"], "plu": ["plus"], "pluss": ["plus"], "envi": ["envie"], "anvie": ["envie"],
    "anvi": ["envie"], "envies": ["envie"], "veu": ["veux"], "veut": ["veux"], "vx": ["veux"], "ve": ["veux"],
    "jveux": ["je", "veux"], "jveu": ["je", "veux"], "jvx": ["je", "veux"], "jvai": ["je", "vais"],
    "jvais": ["je", "vais"], "vai": ["vais"], "peu": ["peux"], "peut": ["peux"], "jpeux": ["je", "peux"],
    "vivr": ["vivre"], "vivres": ["vivre"], "2": ["de"], "voudrai": ["voudrais"], "aimerai": ["aimerais"],
    "raisons": ["raison"], "dmourir": ["de", "mourir"], "dvivre": ["de", "vivre"], "metre": ["mettre"],
    "pa": ["pas"], "jve": ["je", "vais"], "mar": ["marre"], "mard": ["marre", "de"], "jour": ["jours"],
    "morir": ["mourir"],
  ]

  /// Words one letter away from a sign's that mean something else.
  static let otherWords: Set<String> = [
    "creer", "prendre", "perdre", "murir", "sacrifier", "sacrifie", "sacrifiee", "sacrifies", "sacrifice", "sacrifices",
    "loving", "sauver", "exiger", "rever",
  ]

  private static func list(_ text: String) -> [String] {
    text.split(whereSeparator: { $0 == "," || $0 == "\n" })
      .map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty }
  }
}
